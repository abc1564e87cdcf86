package dataverse

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// maxPayload is the size from which parts of the payload are left out (reference 1.3).
const maxPayload = 256 << 10

// Authentication types of an endpoint (reference 1.3).
const (
	authWebhookKey = 4
	authHeader     = 5
	authQuery      = 6
)

// pair is one entry of the collections in an execution context.
type pair struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// remoteExecutionContext is the body of a webhook, in the order of reference 1.3.
type remoteExecutionContext struct {
	BusinessUnitID      string `json:"BusinessUnitId"`
	CorrelationID       string `json:"CorrelationId"`
	Depth               int
	InitiatingUserID    string `json:"InitiatingUserId"`
	InputParameters     []pair
	IsExecutingOffline  bool
	IsInTransaction     bool
	IsOfflinePlayback   bool
	IsolationMode       int
	MessageName         string
	Mode                int64
	OperationCreatedOn  string
	OperationID         string `json:"OperationId"`
	OrganizationID      string `json:"OrganizationId"`
	OrganizationName    string
	OutputParameters    []pair
	OwningExtension     entityReference
	ParentContext       any
	PostEntityImages    []pair
	PreEntityImages     []pair
	PrimaryEntityID     string `json:"PrimaryEntityId"`
	PrimaryEntityName   string
	RequestID           any `json:"RequestId"`
	SecondaryEntityName string
	SharedVariables     []pair
	Stage               int64
	UserID              string `json:"UserId"`
}

type entityReference struct {
	Type          string `json:"__type,omitempty"`
	ID            string `json:"Id"`
	KeyAttributes []pair
	LogicalName   string
	Name          any
	RowVersion    any
}

type contractEntity struct {
	Type            string `json:"__type"`
	Attributes      []pair
	EntityState     any
	FormattedValues []pair
	ID              string `json:"Id"`
	KeyAttributes   []pair
	LogicalName     string
	RelatedEntities []pair
	RowVersion      any
}

type optionSetValue struct {
	Type  string `json:"__type"`
	Value int64
}

const contracts = ":http://schemas.microsoft.com/xrm/2011/Contracts"

// executionContext writes the payload; the second value tells that it was too large and lost its bulky parts.
func (s *Sim) executionContext(e event, step *row, j job) ([]byte, bool) {
	entity := s.contractEntity(e)
	initiator := e.caller.user
	body := remoteExecutionContext{
		BusinessUnitID: s.unit, CorrelationID: j.correlation, Depth: 1, InitiatingUserID: initiator, UserID: initiator,
		InputParameters: []pair{{"Target", entity}}, OutputParameters: []pair{{"id", e.row.id}}, IsolationMode: 1, MessageName: "Create",
		Mode: step.int("mode"), IsInTransaction: step.int("mode") == modeSync, Stage: step.int("stage"),
		OperationCreatedOn: contractDate(s.now()), OperationID: j.operation, OrganizationID: s.opts.OrgID, OrganizationName: s.opts.OrgName,
		OwningExtension: entityReference{ID: step.id, KeyAttributes: []pair{}, LogicalName: "sdkmessageprocessingstep"},
		PreEntityImages: []pair{}, PostEntityImages: []pair{}, SharedVariables: []pair{}, PrimaryEntityID: e.row.id,
		PrimaryEntityName: e.table.logicalName, SecondaryEntityName: "none",
	}
	if step.int("mode") == modeAsync {
		body.PostEntityImages = []pair{{"AsynchronousStepPrimaryName", entity}}
	}
	encoded := encodeContract(body)
	if len(encoded) <= maxPayload && !s.hooks.strip {
		return encoded, false
	}
	body.InputParameters, body.PreEntityImages, body.PostEntityImages, body.ParentContext = nil, nil, nil, nil
	return encodeContract(body), true
}

// encodeContract writes JSON as the platform's serialiser does, with every slash escaped.
func encodeContract(body remoteExecutionContext) []byte {
	encoded, _ := json.Marshal(body) // structs and scalars only
	return bytes.ReplaceAll(encoded, []byte("/"), []byte(`\/`))
}

func (s *Sim) contractEntity(e event) contractEntity {
	entity := contractEntity{Type: "Entity" + contracts, ID: e.row.id, LogicalName: e.table.logicalName,
		FormattedValues: []pair{}, KeyAttributes: []pair{}, RelatedEntities: []pair{}}
	for _, name := range sortedKeys(e.given) {
		if column := e.table.column(name); column != nil && !column.hidden {
			entity.Attributes = append(entity.Attributes, pair{name, contractValue(column, e.given[name])})
		}
	}
	entity.Attributes = append(entity.Attributes, pair{e.table.id, e.row.id})
	return entity
}

func contractValue(c *column, value any) any {
	switch value := value.(type) {
	case time.Time:
		return contractDate(value)
	case ref:
		return entityReference{Type: "EntityReference" + contracts, ID: value.id, KeyAttributes: []pair{}, LogicalName: value.table}
	case int64:
		if slices.Contains([]columnType{typeChoice, typeState, typeStatus}, c.kind) {
			return optionSetValue{"OptionSetValue" + contracts, value}
		}
	}
	return value
}

func contractDate(at time.Time) string { return fmt.Sprintf("/Date(%d)/", at.UnixMilli()) }

// post makes one delivery.
func (s *Sim) post(ctx context.Context, j job) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, s.opts.HookTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, j.endpoint.text("url"), bytes.NewReader(j.body))
	if err != nil {
		return 0, errors.New("the endpoint's URL is malformed")
	}
	s.hookHeaders(req, j)
	if err := authorise(req, &j.endpoint); err != nil {
		return 0, err
	}
	res, err := s.opts.HookClient.Do(req)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return 0, fmt.Errorf("the endpoint did not answer within %s", s.opts.HookTimeout)
		}
		return 0, errors.New("the endpoint can't be reached") // the cause may hold the key in the URL
	}
	return res.StatusCode, res.Body.Close()
}

func (s *Sim) hookHeaders(req *http.Request, j job) {
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("x-ms-dynamics-organization", s.opts.OrgName+".crm4.dynamics.com")
	req.Header.Set("x-ms-dynamics-entity-name", j.entity)
	req.Header.Set("x-ms-dynamics-request-name", "Create")
	req.Header.Set("x-ms-correlation-request-id", j.correlation)
	req.Header.Set("x-request-id", j.operation)
	if j.oversized {
		req.Header.Set("x-ms-dynamics-msg-size-exceeded", "true")
	}
}

// authorise adds the endpoint's secret: ?code= for a key, the settings for headers and query strings.
func authorise(req *http.Request, endpoint *row) error {
	secret, query := endpoint.text("authvalue"), req.URL.Query()
	switch endpoint.int("authtype") {
	case authWebhookKey:
		query.Set("code", secret)
	case authHeader:
		return eachSetting(secret, req.Header.Set)
	case authQuery:
		if err := eachSetting(secret, query.Set); err != nil {
			return err
		}
	default:
		return nil
	}
	req.URL.RawQuery = url.Values(query).Encode()
	return nil
}

// eachSetting reads <settings><setting name="..." value="..." /></settings>.
func eachSetting(text string, use func(name, value string)) error {
	var settings struct {
		XMLName xml.Name `xml:"settings"`
		List    []struct {
			Name  string `xml:"name,attr"`
			Value string `xml:"value,attr"`
		} `xml:"setting"`
	}
	if err := xml.Unmarshal([]byte(text), &settings); err != nil {
		return errors.New("the endpoint's authvalue is not <settings> XML")
	}
	for _, one := range settings.List {
		use(one.Name, one.Value)
	}
	return nil
}
