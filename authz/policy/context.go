package policy

// Context holds the condition keys of a request. Key names are not case
// sensitive. The zero value is a complete context without keys: a key that was
// never mentioned is absent. The last call for a key counts.
type Context struct {
	// Open makes keys that were never mentioned unknown instead of absent.
	Open bool
}

// Set gives a single-valued key its value.
func (c *Context) Set(key, value string) {}

// SetList gives a multivalued key all its values.
func (c *Context) SetList(key string, values []string) {}

// SetOpen gives a multivalued key some of its values; more may come, such as
// recipients before DATA.
func (c *Context) SetOpen(key string, values []string) {}

// SetUnknown marks keys that may hold anything or be absent. A name that ends
// in "/*" stands for its family, such as aws:PrincipalTag/*.
func (c *Context) SetUnknown(keys ...string) {}

// SetAbsent marks keys that are certainly absent; families likewise.
func (c *Context) SetAbsent(keys ...string) {}
