package facts

// Snapshot is everything one verdict rests on. A name that is missing from a map
// was not asked for.
type Snapshot struct {
	Region            string
	Caller            Fact[Caller]
	Principal         Fact[Principal]
	Organization      Fact[Organization]
	Endpoint          Fact[Endpoint]
	Account           Fact[Account]
	Index             Fact[Index]
	Identities        map[string]Fact[Identity]
	ConfigurationSets map[string]Fact[ConfigurationSet]
	Elsewhere         map[string]map[string]Fact[Identity] // by region, then name
}
