package scim

// Routes are the method and pattern of everything that is served.
func Routes() [][2]string {
	var list [][2]string
	for _, r := range routes {
		list = append(list, [2]string{r.method, r.pattern})
	}
	return list
}

// Holds evaluates a filter on a User as it was shown, in memory.
func Holds(filter string, shown []byte) (bool, error) {
	doc, err := decode(shown)
	if err != nil {
		return false, err
	}
	e, err := lenient.parseFilter(filter)
	if err != nil {
		return false, err
	}
	return holds(e, userType.lookupIn(doc))
}
