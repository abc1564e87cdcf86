package dataverse

import (
	"net/http"
	"slices"
	"strings"
)

const (
	apiRoot   = "/api/data/"
	namespace = "Microsoft.Dynamics.CRM."
)

// operation is an unbound action or function.
type operation struct {
	method string
	run    func(*call) (*answer, error)
}

var operations = map[string]operation{
	"WhoAmI":              {http.MethodGet, (*call).whoAmI},
	"RetrieveVersion":     {http.MethodGet, (*call).retrieveVersion},
	"CloseIncident":       {http.MethodPost, (*call).closeIncident},
	"InstantiateTemplate": {http.MethodPost, (*call).instantiateTemplate},
	"ReactivateEntityKey": {http.MethodPost, (*call).reactivateKey},
	"PublishAllXml":       {http.MethodPost, (*call).publish},
	"InsertStatusValue":   {http.MethodPost, (*call).insertStatus},
	"UpdateOptionValue":   {http.MethodPost, (*call).updateOption},
}

// run executes a call within its transaction.
func (c *call) run() *answer {
	result, err := c.dispatch()
	if err != nil {
		return c.failed(err)
	}
	return result
}

// dispatch finds what the path names: an operation, the metadata, or a table's collection, row or property.
func (c *call) dispatch() (*answer, error) {
	if err := c.resolveRef(); err != nil {
		return nil, err
	}
	first := c.path[0]
	if first.name == "" {
		return c.serviceDocument()
	}
	if op, ok := operations[first.name]; ok && len(c.path) == 1 {
		if err := c.onlyMethod(op.method); err != nil {
			return nil, err
		}
		return op.run(c)
	}
	if first.name == "EntityDefinitions" || first.name == "RelationshipDefinitions" {
		return c.metadata()
	}
	t, ok := c.sets[first.name]
	if !ok {
		return nil, noSegment(first.name)
	}
	if !first.called {
		return c.belowSet(t)
	}
	return c.belowRow(t)
}

func (c *call) belowSet(t *table) (*answer, error) {
	if len(c.path) == 1 {
		return c.onCollection(t)
	}
	switch next := c.path[1].name; {
	case len(c.path) > 2:
		return nil, noSegment(next)
	case next == "$count":
		return c.countOf(t)
	case next == namespace+"CreateMultiple", next == namespace+"UpdateMultiple", next == namespace+"UpsertMultiple":
		return c.bulk(t, strings.TrimPrefix(next, namespace))
	}
	return nil, noSegment(c.path[1].name)
}

func (c *call) belowRow(t *table) (*answer, error) {
	if len(c.path) == 1 {
		return c.onRow(t, c.path[0])
	}
	next := c.path[1]
	switch next.name {
	case namespace + "SendEmail":
		return c.sendEmail(t)
	case namespace + "RetrieveUserPrivileges":
		return c.userPrivileges(t)
	case namespace + "RetrievePrincipalAccess":
		return c.principalAccess(t)
	}
	isRef := len(c.path) == 3 && c.path[2].name == "$ref"
	if len(c.path) > 2 && !isRef {
		return nil, noSegment(c.path[2].name)
	}
	return c.onProperty(t, c.path[0], next.name, isRef)
}

// serviceDocument lists the entity sets.
func (c *call) serviceDocument() (*answer, error) {
	names := make([]string, 0, len(c.sets))
	for name := range c.sets {
		names = append(names, name)
	}
	slices.Sort(names)
	values := make([]object, 0, len(names))
	for _, name := range names {
		values = append(values, object{"name": name, "kind": "EntitySet", "url": name})
	}
	return reply(http.StatusOK, object{"@odata.context": c.base + "$metadata", "value": values}), nil
}
