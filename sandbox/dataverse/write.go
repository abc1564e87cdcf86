package dataverse

import (
	"maps"
	"net/http"
	"slices"
)

// create makes a row and the rows nested in the body. The business rules of rules.go run before it is kept.
func (c *call) create(t *table, p payload) (*row, error) {
	if err := c.may(c.who, "Create", t, nil); err != nil {
		return nil, err
	}
	r := &row{id: p.id, values: map[string]any{}}
	if r.id == "" {
		r.id = c.tx.newID()
	}
	if c.find(t.logicalName, r.id) != nil {
		return nil, fail(http.StatusPreconditionFailed, codeDuplicateRow, "A record with matching key values already exists.")
	}
	if err := c.assignee(t, p.values); err != nil {
		return nil, err
	}
	if err := completeStatus(t, nil, p.values); err != nil {
		return nil, err
	}
	c.insert(c.tx, t, r)
	c.Sim.set(c.tx, r, c.stampCreate(t, p.values))
	for _, group := range p.children {
		if err := c.createChildren(t, r, group); err != nil {
			return nil, err
		}
	}
	if err := c.applyRules(t, r, nil); err != nil {
		return nil, err
	}
	if err := c.checkKeys(t, r); err != nil {
		return nil, err
	}
	c.tx.events = append(c.tx.events, event{t, r, maps.Clone(r.values), c.who})
	return r, nil
}

func (c *call) createChildren(t *table, parent *row, group children) error {
	child := c.tables[group.relation.table]
	for _, body := range group.bodies {
		p, err := c.decode(child, body)
		if err != nil {
			return err
		}
		p.values[group.relation.column] = ref{t.logicalName, parent.id}
		if _, err := c.create(child, p); err != nil {
			return err
		}
	}
	return nil
}

// stampCreate adds what the platform sets on a new row (reference 1.2 on impersonation).
func (c *call) stampCreate(t *table, given map[string]any) map[string]any {
	values := maps.Clone(given)
	values["createdon"], values["createdby"] = c.now(), ref{"systemuser", c.who.user}
	if c.who.caller != "" {
		values["createdonbehalfby"] = ref{"systemuser", c.who.caller}
	}
	if t.owned && values["ownerid"] == nil {
		values["ownerid"] = ref{"systemuser", c.who.user}
	}
	maps.Copy(values, c.stampUpdate())
	return values
}

func (c *call) stampUpdate() map[string]any {
	values := map[string]any{"modifiedon": c.now(), "modifiedby": ref{"systemuser", c.who.user}, "modifiedonbehalfby": nil}
	if c.who.caller != "" {
		values["modifiedonbehalfby"] = ref{"systemuser", c.who.caller}
	}
	return values
}

// update changes the given columns of a row.
func (c *call) update(t *table, r *row, p payload) error {
	if err := c.may(c.who, "Write", t, r); err != nil {
		return err
	}
	if len(p.children) > 0 {
		return badPayload(t.set, "Rows can be nested in a create only.")
	}
	if err := c.reassign(t, r, p.values); err != nil {
		return err
	}
	if err := completeStatus(t, r, p.values); err != nil {
		return err
	}
	before := &row{id: r.id, version: r.version, values: r.values}
	maps.Copy(p.values, c.stampUpdate())
	c.Sim.set(c.tx, r, p.values)
	if err := c.applyRules(t, r, before); err != nil {
		return err
	}
	return c.checkKeys(t, r)
}

func (c *call) reassign(t *table, r *row, values map[string]any) error {
	owner, given := values["ownerid"].(ref)
	if !given || owner == r.ref("ownerid") {
		return nil
	}
	if err := c.may(c.who, "Assign", t, r); err != nil {
		return err
	}
	return c.assignee(t, values)
}

// assignee refuses an owner who can't read the table (reference 2.7).
func (c *call) assignee(t *table, values map[string]any) error {
	owner, given := values["ownerid"].(ref)
	if !given || owner.table != "systemuser" || t.privilege == "" {
		return nil
	}
	if c.depthOf(principal{user: owner.id}, "prvRead"+t.privilege) == "" {
		return forbidden(codeAssignee, "Principal with id %s does not have prvRead%s privilege(s).", owner.id, t.privilege)
	}
	return nil
}

// completeStatus fills in the other half of a state/status pair and refuses pairs that don't belong together.
func completeStatus(t *table, r *row, values map[string]any) error {
	if len(t.statuses) == 0 {
		return nil
	}
	state, hasState := values["statecode"].(int64)
	status, hasStatus := values["statuscode"].(int64)
	if !hasState && !hasStatus {
		if r == nil {
			values["statecode"], values["statuscode"] = int64(t.statuses[0].State), int64(t.statuses[0].Value)
		}
		return nil
	}
	if !hasStatus {
		reasons := t.statusesOf(int(state))
		if len(reasons) == 0 {
			return badPair(t, state, status)
		}
		status = int64(reasons[0].Value)
	}
	reason, known := t.status(int(status))
	if !known || hasState && int64(reason.State) != state {
		return badPair(t, state, status)
	}
	values["statecode"], values["statuscode"] = int64(reason.State), status
	return nil
}

func badPair(t *table, state, status int64) error {
	return badRequest(codeStatePair, "%d is not a valid status code for state code %d on %s.", status, state, t.logicalName)
}

// delete removes a row and what belongs to it: parties and notes.
func (c *call) delete(t *table, r *row) error {
	if err := c.may(c.who, "Delete", t, r); err != nil {
		return err
	}
	c.remove(c.tx, t, r)
	c.clearLookups(ref{t.logicalName, r.id})
	return nil
}

// clearLookups empties what pointed to a deleted row, and deletes its parties and notes with it.
func (c *call) clearLookups(gone ref) {
	for _, t := range c.tables {
		for _, r := range slices.Clone(c.rows[t.logicalName]) {
			for name, value := range r.values {
				if value != gone {
					continue
				}
				if name == "activityid" || name == "objectid" {
					c.remove(c.tx, t, r)
					break
				}
				c.Sim.set(c.tx, r, map[string]any{name: nil})
			}
		}
	}
}
