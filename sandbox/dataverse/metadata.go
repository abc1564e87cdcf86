package dataverse

import (
	"net/http"
	"slices"
	"strings"
)

// metadata serves EntityDefinitions and RelationshipDefinitions (reference 5).
func (c *call) metadata() (*answer, error) {
	if c.path[0].name == "RelationshipDefinitions" {
		return c.relationships()
	}
	if !c.path[0].called {
		return c.definitions()
	}
	t, err := c.definedTable(c.path[0])
	if err != nil {
		return nil, err
	}
	if len(c.path) == 1 {
		if err := c.mayReadMetadata("prvReadCustomization"); err != nil {
			return nil, err
		}
		return c.metadataObject(c.tableObject(t), "EntityDefinitions/$entity", func(nav string) ([]object, bool) { return c.partsOf(t, nav) })
	}
	switch c.path[1].name {
	case "Attributes":
		return c.attributes(t)
	case "Keys":
		return c.keys(t)
	}
	return nil, noSegment(c.path[1].name)
}

func noTable(name string) error {
	return fail(http.StatusNotFound, codeNotFound, "Could not find an entity with name %s and object type code 0 in Metadata Cache.", name)
}

// definedTable finds a table by LogicalName='x' or MetadataId.
func (c *call) definedTable(at segment) (*table, error) {
	name := first(at.args)
	for _, t := range c.tables {
		if t.logicalName == name || t.metadataID == name {
			return t, nil
		}
	}
	return nil, noTable(name)
}

func first(args []named) string {
	if len(args) == 0 {
		return ""
	}
	return args[0].value
}

// mayReadMetadata needs a privilege of reference 7.2's self-check; administrators and customisers have it.
func (c *call) mayReadMetadata(privilege string) error {
	if err := c.onlyMethod(http.MethodGet); err != nil {
		return err
	}
	return c.demand(c.who, privilege)
}

func (c *call) definitions() (*answer, error) {
	if c.method == http.MethodPost {
		return c.createTable()
	}
	if err := c.mayReadMetadata("prvReadCustomization"); err != nil {
		return nil, err
	}
	var list []object
	for _, name := range sortedKeys(c.tables) {
		list = append(list, c.tableObject(c.tables[name]))
	}
	return c.metadataList(list, "EntityDefinitions", func(o object, nav string) ([]object, bool) {
		return c.partsOf(c.tables[o["LogicalName"].(string)], nav)
	})
}

func (c *call) partsOf(t *table, nav string) ([]object, bool) {
	switch nav {
	case "Attributes":
		return attributeObjects(t), true
	case "Keys":
		return keyObjects(t), true
	}
	return nil, false
}

func (c *call) attributes(t *table) (*answer, error) {
	if c.method == http.MethodPost {
		return c.createAttribute(t)
	}
	if err := c.mayReadMetadata("prvReadCustomization"); err != nil {
		return nil, err
	}
	at := c.path[1]
	list := castTo(attributeObjects(t), c.path[2:])
	if !at.called {
		return c.metadataList(list, "EntityDefinitions("+t.metadataID+")/Attributes", optionsOf(t))
	}
	for _, o := range list {
		if o["LogicalName"] == first(at.args) || o["MetadataId"] == first(at.args) {
			return c.metadataObject(o, "EntityDefinitions("+t.metadataID+")/Attributes/$entity", func(nav string) ([]object, bool) { return optionsOf(t)(o, nav) })
		}
	}
	return nil, fail(http.StatusNotFound, codeNotFound, "Could not find an attribute with name %s on %s.", first(at.args), t.logicalName)
}

// castTo keeps the attributes of a derived type, e.g. /Microsoft.Dynamics.CRM.PicklistAttributeMetadata.
func castTo(list []object, rest []segment) []object {
	if len(rest) == 0 {
		return list
	}
	return slices.DeleteFunc(list, func(o object) bool { return o["@odata.type"] != "#"+rest[0].name })
}

// optionsOf expands the single OptionSet of a choice.
func optionsOf(t *table) func(object, string) ([]object, bool) {
	return func(o object, nav string) ([]object, bool) {
		name, _ := o["LogicalName"].(string)
		options := optionObjects(t, t.column(name))
		return []object{{"MetadataId": o["MetadataId"], "Options": options}}, options != nil && nav == "OptionSet"
	}
}

func (c *call) keys(t *table) (*answer, error) {
	at := c.path[1]
	if !at.called {
		if c.method == http.MethodPost {
			body, err := c.json()
			if err != nil {
				return nil, err
			}
			return c.createKey(t, body)
		}
		if err := c.mayReadMetadata("prvReadEntityKey"); err != nil {
			return nil, err
		}
		return c.metadataList(keyObjects(t), "EntityDefinitions("+t.metadataID+")/Keys", nil)
	}
	k := t.key(first(at.args))
	if k == nil {
		return nil, fail(http.StatusNotFound, codeNotFound, "Could not find a key with name %s on %s.", first(at.args), t.logicalName)
	}
	if c.method == http.MethodDelete {
		return c.deleteKey(t, k)
	}
	if err := c.mayReadMetadata("prvReadEntityKey"); err != nil {
		return nil, err
	}
	return c.metadataObject(keyObject(t, k), "EntityDefinitions("+t.metadataID+")/Keys/$entity", nil)
}

// relationships lists or creates one-to-many relationships.
func (c *call) relationships() (*answer, error) {
	if c.method == http.MethodPost {
		return c.createRelationship()
	}
	if err := c.mayReadMetadata("prvReadCustomization"); err != nil {
		return nil, err
	}
	var list []object
	for _, r := range c.rels {
		list = append(list, c.relationObject(r))
	}
	if !c.path[0].called {
		return c.metadataList(list, "RelationshipDefinitions", nil)
	}
	for _, o := range list {
		if o["SchemaName"] == first(c.path[0].args) {
			return c.metadataObject(o, "RelationshipDefinitions/$entity", nil)
		}
	}
	return nil, fail(http.StatusNotFound, codeNotFound, "Could not find a relationship with name %s.", first(c.path[0].args))
}

// parts gives the rows behind a navigation property of a metadata object.
type parts func(nav string) ([]object, bool)

func (c *call) metadataObject(o object, context string, of parts) (*answer, error) {
	q, err := parseQuery(c.query, false)
	if err != nil {
		return nil, err
	}
	out, err := project(o, q, of)
	if err != nil {
		return nil, err
	}
	out["@odata.context"] = c.base + "$metadata#" + context
	return reply(http.StatusOK, out), nil
}

func (c *call) metadataList(list []object, context string, of func(object, string) ([]object, bool)) (*answer, error) {
	q, err := parseQuery(c.query, false)
	if err != nil {
		return nil, err
	}
	values := []object{}
	for _, o := range list {
		if q.filter != nil {
			if err := wantKind(q.filter, objectSubject(o), kindBool); err != nil {
				return nil, err
			}
			if !holds(q.filter, objectSubject(o).value) {
				continue
			}
		}
		out, err := project(o, q, func(nav string) ([]object, bool) {
			if of == nil {
				return nil, false
			}
			return of(o, nav)
		})
		if err != nil {
			return nil, err
		}
		values = append(values, out)
	}
	return reply(http.StatusOK, object{"@odata.context": c.base + "$metadata#" + context, "value": values}), nil
}

// project applies $select and $expand to a metadata object.
func project(o object, q query, of parts) (object, error) {
	out := object{}
	for name, value := range o {
		always := name == "MetadataId" || strings.HasPrefix(name, "@")
		if len(q.selects) == 0 || always || slices.Contains(q.selects, name) {
			out[name] = value
		}
	}
	for _, name := range q.selects {
		if _, ok := o[name]; !ok {
			return nil, noProperty(name, "metadata")
		}
	}
	for _, e := range q.expands {
		var list []object
		known := of != nil
		if known {
			list, known = of(e.nav)
		}
		if !known {
			return nil, noProperty(e.nav, "metadata")
		}
		expanded, err := projectAll(list, e)
		if err != nil {
			return nil, err
		}
		out[e.nav] = expanded
	}
	return out, nil
}

func projectAll(list []object, e expansion) (any, error) {
	values := make([]object, 0, len(list))
	for _, one := range list {
		projected, err := project(one, e.query, nil)
		if err != nil {
			return nil, err
		}
		values = append(values, projected)
	}
	if e.nav == "OptionSet" {
		return values[0], nil
	}
	return values, nil
}

// objectSubject filters metadata objects by their plain properties.
type objectSubject object

func (o objectSubject) kindOf(p path) (valueKind, error) {
	value, ok := o[p[0]]
	if !ok || len(p) > 1 {
		return "", noProperty(strings.Join(p, "/"), "metadata")
	}
	return kindOfValue(value), nil
}

func (o objectSubject) value(p path) any { return o[p[0]] }

func sortedKeys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
