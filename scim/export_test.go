package scim

import (
	"crypto/sha256"
	"strconv"
	"time"
)

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

// KeptAfter is how many buckets and tokens are kept after so many came, each once.
func KeptAfter(n int) (buckets, tokens int) {
	q, t := newQuotas(time.Now), &tenants{}
	for i := range n {
		q.charge(strconv.Itoa(i))
		t.keep(sha256.Sum256([]byte(strconv.Itoa(i))), tenant{})
	}
	return len(q.young) + len(q.old), len(t.young) + len(t.old)
}
