package dynamics

import (
	"context"

	"example.com/lifeline/support"
)

// The bodies of the metadata Web API. Their shape is the platform's general one; the reference documents keys only
// (dynamics.md 5).

const metadataType = "@odata.type"

func metadata(name string) string { return "Microsoft.Dynamics.CRM." + name }

// label is a text in the configured language.
func (c *CRM) label(text string) map[string]any {
	return map[string]any{
		metadataType: metadata("Label"),
		"LocalizedLabels": []map[string]any{
			{metadataType: metadata("LocalizedLabel"), "Label": text, "LanguageCode": c.cfg.LabelLanguage},
		},
	}
}

// tableDefinition is a user-owned table with its primary column.
func (c *CRM) tableDefinition(table Table) map[string]any {
	primary := c.columnDefinition(table.Columns[0])
	primary["IsPrimaryName"] = true
	return map[string]any{
		metadataType:            metadata("EntityMetadata"),
		"SchemaName":            c.names.of(table.Name),
		"DisplayName":           c.label(table.Label),
		"DisplayCollectionName": c.label(table.Plural),
		"Description":           c.label(table.Meaning),
		"OwnershipType":         "UserOwned",
		"IsActivity":            false,
		"HasActivities":         false,
		"HasNotes":              true, // a long chat is a note on its session
		"Attributes":            []map[string]any{primary},
	}
}

// columnTypes are the metadata types of columns and what each adds.
var columnTypes = map[ColumnType]struct {
	kind  string
	extra map[string]any
}{
	Text:   {"StringAttributeMetadata", map[string]any{"FormatName": map[string]any{"Value": "Text"}}},
	Link:   {"StringAttributeMetadata", map[string]any{"FormatName": map[string]any{"Value": "Url"}}},
	Memo:   {"MemoAttributeMetadata", map[string]any{"Format": "TextArea"}},
	Time:   {"DateTimeAttributeMetadata", map[string]any{"Format": "DateAndTime", "DateTimeBehavior": map[string]any{"Value": "UserLocal"}}},
	Number: {"IntegerAttributeMetadata", map[string]any{"Format": "None", "MinValue": 0, "MaxValue": 1<<31 - 1}},
	YesNo:  {"BooleanAttributeMetadata", nil},
	Choice: {"PicklistAttributeMetadata", nil},
}

func (c *CRM) columnDefinition(column Column) map[string]any {
	kind := columnTypes[column.Type]
	body := c.attribute(kind.kind, column)
	for name, value := range kind.extra {
		body[name] = value
	}
	if column.Length > 0 {
		body["MaxLength"] = column.Length
	}
	switch column.Type {
	case YesNo:
		body["OptionSet"] = map[string]any{
			metadataType:  metadata("BooleanOptionSetMetadata"),
			"TrueOption":  map[string]any{"Value": 1, "Label": c.label("Yes")},
			"FalseOption": map[string]any{"Value": 0, "Label": c.label("No")},
		}
	case Choice:
		body["OptionSet"] = map[string]any{
			metadataType: metadata("OptionSetMetadata"), "IsGlobal": false, "OptionSetType": "Picklist", "Options": c.options(column.Options),
		}
	}
	return body
}

func (c *CRM) attribute(kind string, column Column) map[string]any {
	return map[string]any{
		metadataType:    metadata(kind),
		"SchemaName":    c.names.of(column.Name),
		"DisplayName":   c.label(column.Label),
		"Description":   c.label(column.Meaning),
		"RequiredLevel": map[string]any{"Value": "None"},
	}
}

func (c *CRM) options(options []Option) []map[string]any {
	all := make([]map[string]any, 0, len(options))
	for _, option := range options {
		all = append(all, map[string]any{"Value": c.names.options + option.Value, "Label": c.label(option.Label)})
	}
	return all
}

// lookupDefinition is a relationship: it makes the lookup column, whose navigation property has the column's own
// lower-case name (dynamics.md 2.2). Deleting the record leaves the session row.
func (c *CRM) lookupDefinition(table Table, column Column) map[string]any {
	name := c.names.of(column.Target + "_" + c.names.of(table.Name) + "_" + column.Name)
	return map[string]any{
		metadataType:        metadata("OneToManyRelationshipMetadata"),
		"SchemaName":        name,
		"ReferencedEntity":  column.Target,
		"ReferencingEntity": c.names.of(table.Name),
		"ReferencingEntityNavigationPropertyName": c.names.of(column.Name),
		"ReferencedEntityNavigationPropertyName":  name,
		"Lookup":                                  c.attribute("LookupAttributeMetadata", column),
		"AssociatedMenuConfiguration":             map[string]any{"Behavior": "UseCollectionName", "Group": "Details", "Order": 10000},
		"CascadeConfiguration": map[string]any{
			"Assign": "NoCascade", "Delete": "RemoveLink", "Merge": "NoCascade", "Reparent": "NoCascade", "Share": "NoCascade", "Unshare": "NoCascade",
		},
	}
}

func (c *CRM) keyDefinition(table Table) map[string]any {
	return map[string]any{
		"SchemaName":    c.names.of(table.Key + "key"),
		"KeyAttributes": []string{c.names.of(table.Key)},
		"DisplayName":   c.label(table.Label + " key"),
	}
}

func (c *CRM) statusDefinition(table Table, status Status) map[string]any {
	return map[string]any{
		"EntityLogicalName":    c.names.of(table.Name),
		"AttributeLogicalName": "statuscode",
		"Value":                c.names.status(status),
		"Label":                c.label(status.Label),
	}
}

// statusLabels reads a table's status reasons by value.
func (c *CRM) statusLabels(ctx context.Context, table string) (map[int]string, error) {
	type option struct {
		Value int `json:"Value"`
		Label struct {
			User *struct {
				Label string `json:"Label"`
			} `json:"UserLocalizedLabel"`
		} `json:"Label"`
	}
	found, err := get[struct {
		OptionSet *struct {
			Options []option `json:"Options"`
		} `json:"OptionSet"`
	}](ctx, c, definition(table)+"/Attributes(LogicalName='statuscode')/"+metadata("StatusAttributeMetadata"),
		selecting([]string{"LogicalName"}, "OptionSet"), strong)
	if err != nil {
		return nil, err
	}
	if found.OptionSet == nil {
		return nil, support.Retryable(support.CodeProtocol, "the status reasons of "+table+" cannot be read", 0, nil)
	}
	labels := map[int]string{}
	for _, option := range found.OptionSet.Options {
		labels[option.Value] = ""
		if option.Label.User != nil {
			labels[option.Value] = option.Label.User.Label
		}
	}
	return labels, nil
}
