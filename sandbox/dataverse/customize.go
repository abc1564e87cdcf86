package dataverse

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Changes of the schema over the API (reference 5). They need customisation rights, which the integration role does not
// have, and become visible at once; PublishAllXml is accepted and does nothing more.

// codeNameExists is the code of a table, column, option or relationship that exists already; unverified.
const codeNameExists = "0x80044363"

func (c *call) customize(privilege string) error {
	if c.method != http.MethodDelete {
		if err := c.onlyMethod(http.MethodPost); err != nil {
			return err
		}
	}
	return c.demand(c.who, privilege)
}

func (c *call) publish() (*answer, error) {
	return reply(http.StatusNoContent, nil), c.customize("prvPublishCustomization")
}

// createTable makes a table from EntityMetadata with the primary name column in Attributes.
func (c *call) createTable() (*answer, error) {
	if err := c.customize("prvCreateEntity"); err != nil {
		return nil, err
	}
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	t, err := c.tableFrom(body)
	if err != nil {
		return nil, err
	}
	c.addTable(t)
	c.touch()
	return reply(http.StatusNoContent, nil).with("OData-EntityId", c.base+"EntityDefinitions("+t.metadataID+")"), nil
}

func (c *call) tableFrom(body object) (*table, error) {
	schemaName, _ := body["SchemaName"].(string)
	logicalName := strings.ToLower(schemaName)
	if !strings.Contains(schemaName, "_") {
		return nil, badRequest(codeInvalidArgument, "The table name '%s' lacks the publisher's prefix.", schemaName)
	}
	if c.tables[logicalName] != nil {
		return nil, badRequest(codeNameExists, "An entity with the name %s already exists.", schemaName)
	}
	var columns []*column
	primary := ""
	attributes, _ := body["Attributes"].([]any)
	for _, one := range attributes {
		definition, _ := one.(object)
		column, err := columnFrom(definition)
		if err != nil {
			return nil, err
		}
		columns = append(columns, column)
		if definition["IsPrimaryName"] == true {
			primary = column.name
		}
	}
	if primary == "" {
		return nil, badRequest(codeInvalidArgument, "The table '%s' has no attribute with IsPrimaryName.", schemaName)
	}
	set, _ := body["EntitySetName"].(string)
	setDefault(&set, pluralOf(logicalName))
	return newTable(table{logicalName: logicalName, schemaName: schemaName, set: set, primaryName: primary, privilege: schemaName,
		owned: body["OwnershipType"] != "OrganizationOwned", custom: true, notes: body["HasNotes"] == true, statuses: slices.Clone(activeInactive)}, columns), nil
}

// columnFrom makes a column from AttributeMetadata.
func columnFrom(definition object) (*column, error) {
	schemaName, _ := definition["SchemaName"].(string)
	kindName, _ := definition["@odata.type"].(string)
	kind := columnType(strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(kindName, "#"), namespace), "AttributeMetadata"))
	if !slices.Contains([]columnType{typeString, typeMemo, typeInteger, typeDecimal, typeBoolean, typeDateTime, typeChoice}, kind) || schemaName == "" {
		return nil, badRequest(codeInvalidArgument, "An attribute needs a SchemaName and a supported @odata.type, not '%s'.", kindName)
	}
	column := col(strings.ToLower(schemaName), kind)
	column.schemaName = schemaName
	if kind == typeString || kind == typeMemo {
		length, ok := convertNumber(definition["MaxLength"])
		if !ok || length < 1 {
			return nil, badRequest(codeInvalidArgument, "The attribute '%s' needs a MaxLength.", schemaName)
		}
		column.max = int(length)
	}
	if kind == typeChoice {
		column.options = optionsFrom(definition)
	}
	return column, nil
}

func optionsFrom(definition object) []Option {
	set, _ := definition["OptionSet"].(object)
	items, _ := set["Options"].([]any)
	var options []Option
	for _, item := range items {
		option, _ := item.(object)
		if value, ok := convertNumber(option["Value"]); ok {
			options = append(options, Option{int(value), labelText(option["Label"])})
		}
	}
	return options
}

func labelText(value any) string {
	one, _ := value.(object)
	labels, _ := one["LocalizedLabels"].([]any)
	if len(labels) == 0 {
		return ""
	}
	first, _ := labels[0].(object)
	text, _ := first["Label"].(string)
	return text
}

func (c *call) createAttribute(t *table) (*answer, error) {
	if err := c.customize("prvCreateAttribute"); err != nil {
		return nil, err
	}
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	column, err := columnFrom(body)
	if err != nil {
		return nil, err
	}
	if err := c.addColumn(t, column); err != nil {
		return nil, err
	}
	return reply(http.StatusNoContent, nil).with("OData-EntityId", c.base+"EntityDefinitions("+t.metadataID+")/Attributes("+column.metadataID+")"), nil
}

func (c *call) addColumn(t *table, column *column) error {
	if t.column(column.name) != nil {
		return badRequest(codeNameExists, "An attribute with the name %s already exists on %s.", column.schemaName, t.logicalName)
	}
	t.columns = append(t.columns, column)
	c.touch()
	return nil
}

// createRelationship makes a lookup with its one-to-many relationship. The navigation property is named like the lookup's
// schema name, case and all (reference 2.2).
func (c *call) createRelationship() (*answer, error) {
	if err := c.customize("prvCreateRelationship"); err != nil {
		return nil, err
	}
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	schemaName, _ := body["SchemaName"].(string)
	referenced, _ := body["ReferencedEntity"].(string)
	referencing, _ := body["ReferencingEntity"].(string)
	definition, _ := body["Lookup"].(object)
	lookupName, _ := definition["SchemaName"].(string)
	one, many := c.tables[referenced], c.tables[referencing]
	if one == nil || many == nil || schemaName == "" || lookupName == "" {
		return nil, badRequest(codeInvalidArgument, "A relationship needs SchemaName, ReferencedEntity, ReferencingEntity and Lookup.")
	}
	if slices.ContainsFunc(c.rels, func(r relation) bool { return r.schemaName == schemaName }) {
		return nil, badRequest(codeNameExists, "A relationship with the name %s already exists.", schemaName)
	}
	column := lookup(strings.ToLower(lookupName), referenced)
	column.schemaName, column.navs[0].name = lookupName, lookupName
	if err := c.addColumn(many, column); err != nil {
		return nil, err
	}
	c.rels = append(c.rels, relation{schemaName, referenced, referencing, column.name})
	return reply(http.StatusNoContent, nil).with("OData-EntityId", c.base+"RelationshipDefinitions("+uuid.NewString()+")"), nil
}

// insertStatus adds a status reason to a table.
func (c *call) insertStatus() (*answer, error) {
	if err := c.customize("prvWriteAttribute"); err != nil {
		return nil, err
	}
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	name, _ := body["EntityLogicalName"].(string)
	t := c.tables[name]
	if t == nil {
		return nil, noTable(name)
	}
	value, hasValue := convertNumber(body["Value"])
	state, hasState := convertNumber(body["StateCode"])
	if !hasValue || !hasState || len(t.statusesOf(int(state))) == 0 {
		return nil, badRequest(codeInvalidArgument, "InsertStatusValue needs Value and the StateCode of a state.")
	}
	if _, exists := t.status(int(value)); exists {
		return nil, badRequest(codeNameExists, "The option value %d already exists.", int(value))
	}
	t.statuses = append(t.statuses, Status{int(state), int(value), labelText(body["Label"])})
	c.touch()
	return reply(http.StatusOK, object{"@odata.context": c.base + "$metadata#Microsoft.Dynamics.CRM.InsertStatusValueResponse", "NewOptionValue": int(value)}), nil
}

// updateOption gives a status reason or a choice's value another label.
func (c *call) updateOption() (*answer, error) {
	if err := c.customize("prvWriteAttribute"); err != nil {
		return nil, err
	}
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	name, _ := body["EntityLogicalName"].(string)
	attribute, _ := body["AttributeLogicalName"].(string)
	t := c.tables[name]
	if t == nil {
		return nil, noTable(name)
	}
	value, _ := convertNumber(body["Value"])
	label := t.optionLabel(attribute, int(value))
	if label == nil {
		return nil, badRequest(codeInvalidArgument, "There is no option %v on '%s' of '%s'.", body["Value"], attribute, name)
	}
	*label = labelText(body["Label"])
	c.touch()
	return reply(http.StatusNoContent, nil), nil
}

// optionLabel is where the label of an option is kept; nil without such an option.
func (t *table) optionLabel(attribute string, value int) *string {
	if attribute == "statuscode" {
		for i := range t.statuses {
			if t.statuses[i].Value == value {
				return &t.statuses[i].Label
			}
		}
		return nil
	}
	if column := t.column(attribute); column != nil {
		for i := range column.options {
			if column.options[i].Value == value {
				return &column.options[i].Label
			}
		}
	}
	return nil
}

func texts(value any) []string {
	items, _ := value.([]any)
	var list []string
	for _, item := range items {
		if text, ok := item.(string); ok {
			list = append(list, text)
		}
	}
	return list
}
