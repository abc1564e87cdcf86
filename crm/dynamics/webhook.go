package dynamics

import (
	"bytes"
	"context"
	"encoding/xml"
	"net/http"
	"strings"

	"example.com/lifeline/support"
)

// Values of the webhook's registration (dynamics.md 1.3).
const (
	endpointName     = "Lifeline connector"
	contractWebhook  = 8
	messageJSON      = 2
	authHeader       = 5
	stagePost        = 40
	modeAsynchronous = 1
)

type endpointRow struct {
	ID  string `json:"serviceendpointid"`
	URL string `json:"url"`
}

type stepRow struct {
	ID    string `json:"sdkmessageprocessingstepid"`
	State int    `json:"statecode"`
}

// ensureWebhook registers the endpoint and the step that calls it on Create of a session row, or renews both.
func (c *CRM) ensureWebhook(ctx context.Context, hookURL string, secret support.Secret) ([]support.Finding, error) {
	endpointID, err := c.ensureEndpoint(ctx, hookURL, secret)
	if err != nil {
		return nil, err
	}
	step, found, err := c.step(ctx)
	if err != nil {
		return nil, err
	}
	if found {
		err = c.patch(ctx, row("sdkmessageprocessingsteps", step.ID), map[string]any{
			"statecode": 0, "statuscode": 1, "eventhandler_serviceendpoint" + bindSuffix: "/" + row("serviceendpoints", endpointID),
		})
		return []support.Finding{support.Fine("webhook", "the step is there; address and secret are set")}, err
	}
	return []support.Finding{support.Fine("webhook", "endpoint and step are registered")}, c.createStep(ctx, endpointID)
}

// endpointNamed finds the endpoint of the prefix, whatever its address is now.
func (c *CRM) endpointNamed(ctx context.Context) (endpointRow, bool, error) {
	return c.endpoint(ctx, "name eq "+literal(c.endpointName()))
}

func (c *CRM) endpoint(ctx context.Context, filter string) (endpointRow, bool, error) {
	return first[endpointRow](ctx, c, "serviceendpoints", "contract eq 8 and "+filter, "serviceendpointid", "url")
}

func (c *CRM) endpointName() string { return endpointName + " (" + c.cfg.Prefix + ")" }

// ensureEndpoint registers the endpoint, or renews the one that an earlier connect made: the one with the name, else the
// one with the id, which somebody gave another name. An equal address proves nothing: the endpoint of another prefix may
// have it from before.
func (c *CRM) ensureEndpoint(ctx context.Context, hookURL string, secret support.Secret) (string, error) {
	id := derivedID("serviceendpoint", c.endpointName())
	endpoint, found, err := c.endpointNamed(ctx)
	if err == nil && !found {
		endpoint, found, err = c.endpoint(ctx, "serviceendpointid eq "+id)
	}
	if err != nil {
		return "", err
	}
	body := map[string]any{"name": c.endpointName(), "url": hookURL, "authtype": authHeader, "authvalue": authValue(secret)} // doctor looks for the name
	request := call{method: http.MethodPatch, header: mustExist, body: body, accept: []int{http.StatusNoContent}, quiet: true}
	if found {
		request.path = row("serviceendpoints", endpoint.ID)
		_, err = c.do(ctx, request)
		return endpoint.ID, err
	}
	body["serviceendpointid"] = id
	body["contract"] = contractWebhook
	body["connectionmode"] = 1
	body["messageformat"] = messageJSON
	_, err = c.create(ctx, call{path: "serviceendpoints", body: body, quiet: true})
	return id, err
}

// authValue is the header that Dataverse sends along, in the form the endpoint wants; it cannot be read back.
func authValue(secret support.Secret) string {
	var escaped bytes.Buffer
	_ = xml.EscapeText(&escaped, []byte(secret.Reveal())) // a buffer takes everything
	return `<settings><setting name="` + hookHeader + `" value="` + escaped.String() + `" /></settings>`
}

func (c *CRM) stepName() string { return "Lifeline: Create of " + c.names.of(Sessions.Name) }

func (c *CRM) step(ctx context.Context) (stepRow, bool, error) {
	return first[stepRow](ctx, c, "sdkmessageprocessingsteps", "name eq "+literal(c.stepName()), "sdkmessageprocessingstepid", "statecode")
}

// createStep registers an asynchronous step after the row is stored: a synchronous one would run inside the user's
// transaction (dynamics.md 1.3, option C).
func (c *CRM) createStep(ctx context.Context, endpointID string) error {
	message, err := c.only(ctx, "sdkmessages", "sdkmessageid", "name eq 'Create'")
	if err != nil {
		return err
	}
	filter, err := c.only(ctx, "sdkmessagefilters", "sdkmessagefilterid",
		"primaryobjecttypecode eq "+literal(c.names.of(Sessions.Name))+" and _sdkmessageid_value eq "+message)
	if err != nil {
		return err
	}
	_, err = c.create(ctx, call{path: "sdkmessageprocessingsteps", body: map[string]any{
		"sdkmessageprocessingstepid": derivedID("step", c.stepName()),
		"name":                       c.stepName(),
		"mode":                       modeAsynchronous,
		"stage":                      stagePost,
		"rank":                       1,
		"supporteddeployment":        0,
		"invocationsource":           0,
		"asyncautodelete":            true,
		"eventhandler_serviceendpoint" + bindSuffix: "/" + row("serviceendpoints", endpointID),
		"sdkmessageid" + bindSuffix:                 "/" + row("sdkmessages", message),
		"sdkmessagefilterid" + bindSuffix:           "/" + row("sdkmessagefilters", filter),
	}})
	return err
}

// only reads the id of a row that the platform must have.
func (c *CRM) only(ctx context.Context, set, idColumn, filter string) (string, error) {
	found, ok, err := first[entity](ctx, c, set, filter, idColumn)
	if err != nil {
		return "", err
	}
	if id, bad := guid(found.text(idColumn)); ok && bad == nil {
		return id, nil
	}
	return "", support.NeedsAttention(support.CodeConfiguration, "Dynamics has no "+strings.TrimSuffix(set, "s")+" to register the webhook with", nil)
}

// first reads the first row of a filter.
func first[T any](ctx context.Context, c *CRM, set, filter string, columns ...string) (T, bool, error) {
	rows, err := list[T](ctx, c, set, where(selecting(columns), filter, "", 1), 1)
	if err != nil || len(rows) == 0 {
		var none T
		return none, false, err
	}
	return rows[0], true, nil
}
