package servicenow

import (
	"context"
	"maps"

	"example.com/lifeline/support"
)

// keyed is one row of a table with a unique column.
type keyed struct {
	table string
	key   string // name of the unique column, among the values
	v     values
	fresh values                                    // what only a new row gets
	find  func(ctx context.Context) (string, error) // sys_id of the row, empty when there is none
}

// upsert writes the row, wherever it is: found, or inserted, or found after somebody else's insert was quicker.
func (c *CRM) upsert(ctx context.Context, k keyed) (string, error) {
	id, err := k.find(ctx)
	if err != nil {
		return "", err
	}
	if id != "" {
		return id, c.overwrite(ctx, k, id, k.withoutKey())
	}
	id, err = c.insertKeyed(ctx, k)
	if !support.HasCode(err, support.CodeConflict) {
		return id, err
	}
	id, lookup := k.find(ctx)
	if lookup != nil {
		return "", lookup
	}
	if id == "" {
		return "", support.NeedsAttention(support.CodeRefusedByCRM, support.AsError(err).Message, err)
	}
	return id, c.overwrite(ctx, k, id, k.withoutKey())
}

func (c *CRM) insertKeyed(ctx context.Context, k keyed) (string, error) {
	v := maps.Clone(k.v)
	maps.Copy(v, k.fresh)
	check := k.checked()
	echoed, err := c.insert(ctx, k.table, v, check...)
	if err != nil {
		return "", err
	}
	return echoed.get("sys_id"), kept(k.table, v, echoed, check...)
}

func (c *CRM) overwrite(ctx context.Context, k keyed, id string, v values) error {
	check := k.checked()
	echoed, err := c.update(ctx, k.table, id, v, check...)
	if err != nil {
		return err
	}
	return kept(k.table, v, echoed, check...)
}

// withoutKey are the values for a row that was found: it keeps the key it has.
func (k keyed) withoutKey() values {
	v := maps.Clone(k.v)
	delete(v, k.key)
	return v
}

// checked are the columns whose echo must not be blank: the key, and what an instance may have made a choice list.
func (k keyed) checked() []string {
	check := []string{k.key, "vendor"}
	if _, ok := k.v["state"]; ok {
		check = append(check, "state")
	}
	return check
}

// findByKey finds the row by its unique column. Two of them mean that the unique index is missing.
func (c *CRM) findByKey(ctx context.Context, table, column, key string) (string, error) {
	rows, err := c.matching(ctx, table, where(column, key), column, key)
	if err != nil || len(rows) == 0 {
		return "", err
	}
	if len(rows) > 1 {
		return "", support.NeedsAttention(support.CodeConfiguration, "several rows of "+table+" have the same "+column+"; make the column unique", nil)
	}
	return rows[0].get("sys_id"), nil
}
