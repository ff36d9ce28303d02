package scim

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"varco/registry"
)

// defaultQuota holds where neither the client nor the configuration says otherwise; for strangers always.
var defaultQuota = registry.Quota{PerSecond: 100, Burst: 1000}

// maxBuckets bounds the memory of one generation of buckets.
const maxBuckets = 4096

// tooMany refuses a request until some time has passed.
type tooMany struct{ wait time.Duration }

func (e *tooMany) Error() string {
	return fmt.Sprintf("too many requests: try again in %s seconds", e.seconds())
}

func (e *tooMany) seconds() string {
	return strconv.Itoa(max(1, int(math.Ceil(e.wait.Seconds()))))
}

// tell says when to come back. RFC 9110 §10.2.3
func (e *tooMany) tell(h http.Header) { h.Set("Retry-After", e.seconds()) }

// bucket holds as many requests as may still be made at once.
type bucket struct {
	quota registry.Quota
	left  float64
	at    time.Time
}

// fill adds what the time since the last look is worth.
func (b *bucket) fill(now time.Time) {
	if passed := now.Sub(b.at); passed > 0 {
		b.left = min(float64(b.quota.Burst), b.left+passed.Seconds()*float64(b.quota.PerSecond))
	}
	b.at = now
}

// quotas are token buckets by name, in this process. Whoever was not seen for two generations starts afresh, so memory
// is bounded.
type quotas struct {
	now        func() time.Time
	mu         sync.Mutex
	young, old map[string]*bucket
}

func newQuotas(now func() time.Time) *quotas {
	return &quotas{now: now, young: map[string]*bucket{}}
}

// find is the bucket of a name, made with the quota where there is none or the quota has changed.
func (q *quotas) find(name string, quota registry.Quota) *bucket {
	b, ok := q.young[name]
	if !ok {
		b, ok = q.old[name]
	}
	if !ok || b.quota != quota {
		b = &bucket{quota: quota, left: float64(quota.Burst), at: q.now()}
	}
	if len(q.young) >= maxBuckets {
		q.young, q.old = map[string]*bucket{}, q.young
	}
	q.young[name] = b
	b.fill(q.now())
	return b
}

// take uses up one request, or refuses it.
func (q *quotas) take(name string, quota registry.Quota) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	b := q.find(name, quota)
	if err := b.empty(); err != nil {
		return err
	}
	b.left--
	return nil
}

// check refuses what take would, and uses nothing up.
func (q *quotas) check(name string, quota registry.Quota) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.find(name, quota).empty()
}

func (b *bucket) empty() error {
	if b.left < 1 {
		return &tooMany{time.Duration((1 - b.left) / float64(b.quota.PerSecond) * float64(time.Second))}
	}
	return nil
}

// charge counts a failure.
func (q *quotas) charge(name string) { _ = q.take(name, defaultQuota) }

// quotaOf is the client's own quota, or the configured one.
func (s *server) quotaOf(c registry.Client) registry.Quota {
	quota := c.Quota
	if quota.PerSecond == 0 {
		quota.PerSecond = s.config.Quota.PerSecond
	}
	if quota.Burst == 0 {
		quota.Burst = max(s.config.Quota.Burst, quota.PerSecond)
	}
	return quota
}

// tenants remembers which client a token was found to belong to, so that one over its quota costs no reading. It
// admits nobody: each token is still authenticated.
type tenants struct {
	mu         sync.Mutex
	young, old map[[32]byte]tenant
}

type tenant struct {
	id    registry.ClientID
	quota registry.Quota
}

func (t *tenants) find(token [32]byte) (tenant, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	known, ok := t.young[token]
	if !ok {
		known, ok = t.old[token]
	}
	return known, ok
}

func (t *tenants) keep(token [32]byte, known tenant) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.young == nil || len(t.young) >= maxBuckets {
		t.young, t.old = map[[32]byte]tenant{}, t.young
	}
	t.young[token] = known
}

func (t *tenants) forget(token [32]byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.young, token)
	delete(t.old, token)
}
