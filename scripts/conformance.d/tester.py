"""scim2-tester with Varco's rules known to it, so that its checks get past them.

The tester fills every writable attribute with random text. Varco refuses random text where a value has a meaning (a
codice fiscale, a unit, a profile, a day), and each of the tester's checks ends at the first refusal. Here those values,
and no others, are ones that mean something. Prints what `scim2 test` prints.

usage: tester.py SCIM_URL      (the token is in SCIM_TOKEN)
"""

import os
import random
import re
import string
import sys
import uuid

import httpx2
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import ServiceProviderConfig
from scim2_tester import Status, check_server, filling
from scim2_tester.checkers import patch_add, patch_replace

# Values of odd and even places for the check character (D.M. 23 December 1976).
ODD = dict(zip(string.digits + string.ascii_uppercase,
               [1, 0, 5, 7, 9, 13, 15, 17, 19, 21] + [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]))


def fiscal_code():
    """A codice fiscale of nobody: six consonants, a birthday, a place, the right check character."""
    letters = lambda n: "".join(random.choice("BCDFGLMNPRSTVZ") for _ in range(n))
    body = f"{letters(6)}{random.randint(50, 99)}{random.choice('ABCDEHLMPRST')}{random.randint(10, 28)}F257"
    even = lambda c: int(c) if c.isdigit() else ord(c) - ord("A")
    return body + chr(ord("A") + sum(even(c) if i % 2 else ODD[c] for i, c in enumerate(body)) % 26)


def member(context):
    model = context.client.get_resource_model("User")
    return context.resource_manager.create_and_register(model).id


# What an attribute holds, by the name of its complex attribute and its own, or by its own alone.
MEANT = {
    "active": lambda _: True,
    "fiscalCode": lambda _: fiscal_code(),
    "ThirdParty.fiscalCode": lambda _: "09980040357",
    "startDate": lambda _: "2026-01-07",
    "endDate": lambda _: "2030-12-31",
    "authorised": lambda _: True,
    "authorisedOn": lambda _: "2026-01-07",
    "reviewBy": lambda _: "2029-01-07",
    "Processing.scopes": lambda _: ["CO"],
    "department": lambda _: random.choice(["MO01", "MO02", "MO03"]),
    "code": lambda _: uuid.uuid4().hex[:12].upper(),
    "Entitlements.value": lambda _: "co-sare-visualizzazione@group",
    "Roles.value": lambda _: "co-sare-visualizzazione@group",
    "Members.value": member,
}


def teach():
    random_value = filling.generate_random_value

    def meant(context, path, mutability=None, required=None):
        value = random_value(context, path, mutability, required)
        binding = path.resolve()
        if value is None or binding is None:
            return value
        name = re.split("[.:]", str(path))[-1]
        make = MEANT.get(f"{binding.target_model.__name__}.{name}") or MEANT.get(name)
        return make(context) if make else value

    for module in (filling, patch_add, patch_replace):
        module.generate_random_value = meant


def main():
    teach()
    ServiceProviderConfig.model_config["extra"] = "ignore"  # it does not know securityEvents (RFC 9967)
    ServiceProviderConfig.model_rebuild(force=True)
    http = httpx2.Client(base_url=sys.argv[1], headers={"Authorization": "Bearer " + os.environ["SCIM_TOKEN"]})
    for result in check_server(SyncSCIMClient(http)):
        print(result.status.name, result.title)
        if result.reason:
            print(" ", result.reason)


main()
