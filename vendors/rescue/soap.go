package rescue

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// param is one parameter of a SOAP call. Order matters to the service; secret ones are masked in logs.
type param struct {
	name, value string
	secret      bool
}

func authcodeParam(code support.Secret) param {
	return param{name: "sAuthCode", value: code.Reveal(), secret: true}
}

// soap makes a SOAP 1.1 call (rescue.md 1.2) and returns the response element of a call that went well.
func (w *wire) soap(ctx context.Context, method string, params ...param) (*element, error) {
	body := envelope(w.namespace, method, params, false)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.base+"/API/API.asmx", strings.NewReader(body))
	if err != nil {
		return nil, badAddress()
	}
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	req.Header.Set("SOAPAction", `"`+w.namespace+"/"+method+`"`)
	answer, err := w.quick.Do(req)
	if err != nil {
		return nil, err
	}
	w.logSOAP(ctx, method, params, answer)
	return judgeSOAP(method, answer)
}

// judgeSOAP looks for a fault before the status: SOAP 1.1 sends faults with status 500.
func judgeSOAP(method string, answer outbound.Answer) (*element, error) {
	response, err := parseSOAP(method, answer.Body)
	if errors.Is(err, errClientFault) || answer.Status == http.StatusOK {
		return response, err
	}
	if failed := statusFailure(answer); failed != nil {
		return nil, failed
	}
	return response, err
}

// errClientFault says that the service did not accept the call itself: unknown method or namespace.
var errClientFault = errors.New("SOAP fault of the client")

var soapBounds = bounds{depth: 16, elements: 500_000}

// parseSOAP finds the response of the method and judges its result word.
func parseSOAP(method string, body []byte) (*element, error) {
	if text := strings.TrimSpace(string(body[:min(len(body), 512)])); outbound.IsHTML(outbound.Answer{Body: []byte(text)}) {
		return nil, notUnderstood("Rescue answered with a page instead of data", errPage)
	}
	root, err := parseXML(body, soapBounds)
	if err != nil {
		return nil, notUnderstood("Rescue gave an answer that is not SOAP", err)
	}
	content := root.child("Body")
	if fault := content.child("Fault"); fault != nil {
		return nil, faultFailure(fault)
	}
	response := content.child(method + "Response")
	if response == nil || root.name != "Envelope" {
		return nil, notUnderstood("Rescue gave an answer that is not SOAP", nil)
	}
	return response, resultFailure(response.get(method + "Result"))
}

func faultFailure(fault *element) error {
	if strings.HasSuffix(fault.get("faultcode"), "Client") {
		return support.NeedsAttention(support.CodeConfiguration, "Rescue does not accept the SOAP call; check SOAP_NAMESPACE", errClientFault)
	}
	return support.Retryable(support.CodeUnreachable, "Rescue reported a passing error", 0, errors.New("SOAP fault of the server"))
}

// resultFailure judges "<family>_<Word>". The family is that of the unversioned method, so it is not compared
// (rescue.md 1.4).
func resultFailure(result string) error {
	_, word, found := strings.Cut(result, "_")
	if !found || !harmlessWord.MatchString(word) {
		return notUnderstood("Rescue gave a SOAP answer without a result", nil)
	}
	if word == wordOK {
		return nil
	}
	if err, known := failure(word); known {
		return err
	}
	return unknownRefusal(word)
}

func envelope(namespace, method string, params []param, masked bool) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><`)
	b.WriteString(method + ` xmlns="`)
	_ = xml.EscapeText(&b, []byte(namespace)) // a strings.Builder does not fail
	b.WriteString(`">`)
	for _, p := range params {
		value := p.value
		if masked && p.secret {
			value = support.Secret(value).String()
		}
		b.WriteString("<" + p.name + ">")
		_ = xml.EscapeText(&b, []byte(value))
		b.WriteString("</" + p.name + ">")
	}
	b.WriteString("</" + method + "></soap:Body></soap:Envelope>")
	return b.String()
}

const maxLoggedSOAP = 4 << 10

// secretElements are those whose content never reaches a log, even in an answer.
var secretElements = regexp.MustCompile(`(?i)<(s?AuthCode|sPassword|[is]PINCode|sInvitationLink)>[^<]*`)

// logSOAP writes request and answer at debug level, as DEBUG_SOAP asks, without secrets and up to a bound.
func (w *wire) logSOAP(ctx context.Context, method string, params []param, answer outbound.Answer) {
	if !w.debugSOAP {
		return
	}
	text := secretElements.ReplaceAllString(string(answer.Body), "<$1>[secret]")
	for _, p := range params {
		if p.secret && p.value != "" {
			text = strings.ReplaceAll(text, p.value, "[secret]")
		}
	}
	w.log.DebugContext(ctx, "rescue soap", "method", method, "status", answer.Status,
		"request", cutText(envelope(w.namespace, method, params, true), maxLoggedSOAP), "answer", cutText(text, maxLoggedSOAP))
}

// cutText cuts to at most limit bytes, never within a character, and drops broken characters.
func cutText(text string, limit int) string {
	return strings.ToValidUTF8(text[:min(len(text), limit)], "")
}

func isClientFault(err error) bool { return errors.Is(err, errClientFault) }
