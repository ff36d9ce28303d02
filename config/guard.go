package config

// SCIM is how Varco treats provisioning clients.
type SCIM struct {
	PerSecond int   `json:"per_second"` // requests of one client, unless it has a quota of its own; default 100
	Burst     int   `json:"burst"`      // requests at once after a pause; default 1000
	Guard     Guard `json:"guard"`
}

// Guard holds ends of employment that come in a crowd until somebody confirms them
// (varco held). A client may end max(minimum, percent) of a company within an hour.
type Guard struct {
	Off     bool `json:"off"`     // true: nothing is held; for trials
	Percent int  `json:"percent"` // of those employed; default 20; 1 to 100
	Minimum int  `json:"minimum"` // default 5; 1 to 100000
}

func (c *faultsOf) guard() {
	g := c.config.SCIM.Guard
	if g.Percent < 1 || g.Percent > 100 {
		c.add("scim.guard.percent", "is %d, expected 1 to 100", g.Percent)
	}
	if g.Minimum < 1 || g.Minimum > 100_000 {
		c.add("scim.guard.minimum", "is %d, expected 1 to 100000", g.Minimum)
	}
}
