// Sends the page's form at once. Without script the visible button does it.
document.getElementById("messaggio").submit();
