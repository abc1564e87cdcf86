package dataverse

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// SetKeyStatus puts an alternate key's index into a state: KeyPending, KeyInProgress, KeyActive or KeyFailed. Only an
// Active key can be used in paths and guards against duplicates (reference 2.4).
func (s *Sim) SetKeyStatus(table, key, status string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tables[table]
	if t == nil || t.key(key) == nil {
		return fmt.Errorf("no key %s on %s", key, table)
	}
	if !slices.Contains([]string{KeyPending, KeyInProgress, KeyActive, KeyFailed}, status) {
		return fmt.Errorf("no key status %s", status)
	}
	s.setKeyStatus(t, t.key(key), status)
	return nil
}

// setKeyStatus also brings the system job that builds the index into the fitting state.
func (s *Sim) setKeyStatus(t *table, k *key, status string) {
	k.status = status
	jobStates := map[string][2]int64{KeyPending: {0, 0}, KeyInProgress: {2, 20}, KeyActive: {3, 30}, KeyFailed: {3, 31}}
	values := map[string]any{"statecode": jobStates[status][0], "statuscode": jobStates[status][1], "completedon": nil}
	if status == KeyActive || status == KeyFailed {
		values["completedon"] = s.now()
	}
	if job := s.find("asyncoperation", k.job); job != nil {
		s.set(&tx{}, job, values)
	} else if status != KeyActive {
		k.job = s.addKeyJob(t, k, values)
	}
	s.touch()
}

func (s *Sim) addKeyJob(t *table, k *key, values map[string]any) string {
	const createIndex = 0x3D // operation type; unverified
	values["name"] = "Create index for " + k.schemaName + " on " + t.logicalName
	values["operationtype"], values["primaryentitytype"], values["createdon"] = int64(createIndex), t.logicalName, s.now()
	job := &row{id: uuid.NewString(), values: values}
	s.insert(&tx{}, s.tables["asyncoperation"], job)
	return job.id
}

// KeyStatus gives the state of an alternate key's index, or "" for none.
func (s *Sim) KeyStatus(table, key string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.tables[table]; t != nil && t.key(key) != nil {
		return t.key(key).status
	}
	return ""
}

// buildKey is the background job: duplicates make it fail while the key stays listed (reference 5).
func (s *Sim) buildKey(t *table, k *key) {
	switch {
	case s.opts.PendingKeys:
		s.setKeyStatus(t, k, KeyPending)
	case s.hasDuplicates(t, k):
		s.setKeyStatus(t, k, KeyFailed)
	default:
		s.setKeyStatus(t, k, KeyActive)
	}
}

// reactivateKey builds a failed key anew.
func (c *call) reactivateKey() (*answer, error) {
	if err := c.customize("prvCreateEntityKey"); err != nil {
		return nil, err
	}
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	tableName, _ := body["EntityLogicalName"].(string)
	keyName, _ := body["EntityKeyLogicalName"].(string)
	t := c.tables[tableName]
	if t == nil {
		return nil, noTable(tableName)
	}
	k := t.key(keyName)
	if k == nil {
		return nil, badRequest(codeKeyUndefined, "Entity key %s is not defined for %s.", keyName, tableName)
	}
	if k.status != KeyFailed {
		return nil, badRequest(codeKeyNotFailed, "Reactivate entity key is only supported for failed job.")
	}
	c.buildKey(t, k)
	return reply(http.StatusNoContent, nil), nil
}

// createKey adds an alternate key (reference 5).
func (c *call) createKey(t *table, body object) (*answer, error) {
	if err := c.customize("prvCreateEntityKey"); err != nil {
		return nil, err
	}
	schemaName, _ := body["SchemaName"].(string)
	columns := texts(body["KeyAttributes"])
	k := &key{schemaName: schemaName, logicalName: strings.ToLower(schemaName), columns: columns, status: KeyPending, metadataID: uuid.NewString()}
	if err := checkNewKey(t, k); err != nil {
		return nil, err
	}
	t.keys = append(t.keys, k)
	c.buildKey(t, k)
	return reply(http.StatusNoContent, nil).with("OData-EntityId", c.base+"EntityDefinitions("+t.metadataID+")/Keys("+k.metadataID+")"), nil
}

// maxKeys and maxKeyColumns are the limits of reference 5.
const (
	maxKeys       = 10
	maxKeyColumns = 16
)

var keyTypes = []columnType{typeDecimal, typeInteger, typeString, typeDateTime, typeLookup, typeChoice}

func checkNewKey(t *table, k *key) error {
	if k.schemaName == "" || len(k.columns) == 0 || len(k.columns) > maxKeyColumns || len(t.keys) >= maxKeys {
		return badRequest(codeInvalidArgument, "A key needs a SchemaName and 1 to %d KeyAttributes; a table has at most %d keys.", maxKeyColumns, maxKeys)
	}
	if t.key(k.logicalName) != nil {
		return badRequest(codeKeyName, "An entity key with the name %s already exists on %s.", k.schemaName, t.logicalName)
	}
	if t.keyOf(k.columns) != nil {
		return badRequest(codeKeyColumns, "An entity key with the same columns already exists on %s.", t.logicalName)
	}
	for _, name := range k.columns {
		if c := t.column(name); c == nil || !slices.Contains(keyTypes, c.kind) {
			return badRequest("0x80041103", "'%s' entity doesn't contain attribute with Name = '%s' that a key can be made of.", t.logicalName, name)
		}
	}
	return nil
}

func (c *call) deleteKey(t *table, k *key) (*answer, error) {
	if err := c.customize("prvDeleteEntityKey"); err != nil {
		return nil, err
	}
	t.keys = slices.DeleteFunc(t.keys, func(other *key) bool { return other == k })
	c.touch()
	return reply(http.StatusNoContent, nil), nil
}
