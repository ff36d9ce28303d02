package scim

// Routes are the method and pattern of everything that is served.
func Routes() [][2]string {
	var list [][2]string
	for _, r := range routes {
		list = append(list, [2]string{r.method, r.pattern})
	}
	return list
}
