package dataverse

import "slices"

// The metadata objects of reference 5, with the properties a client has a use for.

func (c *call) tableObject(t *table) object {
	ownership := "OrganizationOwned"
	if t.owned {
		ownership = "UserOwned"
	}
	return object{
		"MetadataId": t.metadataID, "LogicalName": t.logicalName, "SchemaName": t.schemaName, "EntitySetName": t.set, "LogicalCollectionName": t.set,
		"PrimaryIdAttribute": t.id, "PrimaryNameAttribute": t.primaryName, "OwnershipType": ownership, "IsCustomEntity": t.custom,
		"IsActivity": t.id == "activityid", "ObjectTypeCode": slices.Index(sortedKeys(c.tables), t.logicalName) + 10000,
		"DisplayName": label(t.schemaName), "HasNotes": t.notes,
	}
}

func label(text string) object {
	one := object{"Label": text, "LanguageCode": 1033, "IsManaged": false}
	return object{"LocalizedLabels": []object{one}, "UserLocalizedLabel": one}
}

func attributeObjects(t *table) []object {
	list := make([]object, 0, len(t.columns))
	for _, c := range t.columns {
		list = append(list, attributeObject(t, c))
	}
	return list
}

func attributeObject(t *table, c *column) object {
	o := object{
		"@odata.type": "#" + namespace + metadataType(c.kind), "MetadataId": c.metadataID, "LogicalName": c.name, "SchemaName": c.schemaName,
		"EntityLogicalName": t.logicalName, "AttributeType": string(c.kind), "AttributeTypeName": object{"Value": string(c.kind) + "Type"},
		"IsPrimaryId": c.name == t.id, "IsPrimaryName": c.name == t.primaryName, "IsValidForCreate": !c.readOnly, "IsValidForUpdate": !c.readOnly && c.kind != typeKey,
		"IsValidForRead": !c.hidden, "DisplayName": label(c.schemaName),
	}
	if c.max > 0 {
		o["MaxLength"] = c.max
	}
	if c.isLookup() {
		o["Targets"] = targetsOf(c)
	}
	return o
}

// metadataType is the derived type of an attribute; an owner is a lookup.
func metadataType(kind columnType) string {
	switch kind {
	case typeKey:
		return "AttributeMetadata"
	case typeOwner:
		return "LookupAttributeMetadata"
	}
	return string(kind) + "AttributeMetadata"
}

func targetsOf(c *column) []string {
	var targets []string
	for _, n := range c.navs {
		if !slices.Contains(targets, n.target) {
			targets = append(targets, n.target)
		}
	}
	return targets
}

func optionObjects(t *table, c *column) []object {
	var list []object
	switch c.kind {
	case typeChoice:
		for _, option := range c.options {
			list = append(list, object{"Value": option.Value, "Label": label(option.Label)})
		}
	case typeStatus:
		for _, status := range t.statuses {
			list = append(list, object{"@odata.type": "#" + namespace + "StatusOptionMetadata", "Value": status.Value, "State": status.State, "Label": label(status.Label)})
		}
	case typeState:
		for _, status := range t.statuses {
			if t.statusesOf(status.State)[0] == status {
				list = append(list, object{"@odata.type": "#" + namespace + "StateOptionMetadata", "Value": status.State, "DefaultStatus": status.Value, "Label": label(stateLabel(status.State))})
			}
		}
	}
	return list
}

func keyObjects(t *table) []object {
	list := make([]object, 0, len(t.keys))
	for _, k := range t.keys {
		list = append(list, keyObject(t, k))
	}
	return list
}

func keyObject(t *table, k *key) object {
	var job any
	if k.job != "" {
		job = object{"asyncoperationid": k.job}
	}
	return object{
		"MetadataId": k.metadataID, "LogicalName": k.logicalName, "SchemaName": k.schemaName, "EntityLogicalName": t.logicalName,
		"KeyAttributes": k.columns, "EntityKeyIndexStatus": k.status, "AsyncJob": job, "IsManaged": false,
		"IsCustomizable": object{"Value": true, "CanBeChanged": true, "ManagedPropertyLogicalName": "iscustomizable"}, "IntroducedVersion": "1.0.0.0",
		"IsSynchronous": false, "IsExportKey": false, "IsSecondaryKey": false, "DisplayName": label(k.schemaName),
	}
}

func (s *Sim) relationObject(r relation) object {
	many := s.tables[r.table].column(r.column)
	i := slices.IndexFunc(many.navs, func(n nav) bool { return n.target == r.referenced })
	return object{
		"@odata.type": "#" + namespace + "OneToManyRelationshipMetadata", "MetadataId": privilegeID(r.schemaName), "SchemaName": r.schemaName,
		"RelationshipType": "OneToManyRelationship", "ReferencedEntity": r.referenced, "ReferencingEntity": r.table, "ReferencingAttribute": r.column,
		"ReferencedAttribute": s.tables[r.referenced].id, "ReferencingEntityNavigationPropertyName": many.navs[i].name,
		"ReferencedEntityNavigationPropertyName": r.schemaName,
	}
}
