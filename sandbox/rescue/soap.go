package rescue

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode"
)

const (
	soap11 = "http://schemas.xmlsoap.org/soap/envelope/"
	soap12 = "http://www.w3.org/2003/05/soap-envelope"
)

// soapCall is a SOAP request as it came.
type soapCall struct {
	envelope string // namespace: which SOAP version
	name     string // operation
	space    string // its namespace
	params   map[string]string
}

var errNotSOAP = errors.New("the body is not a SOAP envelope")

// serveSOAP answers /API/API.asmx in SOAP 1.1 and 1.2, the version the caller speaks.
func (s *Sim) serveSOAP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		lostPage(w)
		return
	}
	asked, err := readSOAP(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		soapFault(w, soap11, "The request is not a SOAP envelope.")
		return
	}
	m, known := methods[methodKey(asked.name)]
	if !known || !asked.addressed(r) {
		soapFault(w, asked.envelope, "Server did not recognize the value of HTTP Header SOAPAction.")
		return
	}
	fault := s.takeFault(asked.name)
	if fault.before(w, r) {
		return
	}
	c := &call{params: asked.params, cookie: cookieOf(r), soap: true, key: methodKey(asked.name), base: s.base(r)}
	result := only(fault.Kind)
	if !fault.word() {
		result = s.run(m, c)
	}
	if result.cookie != "" {
		setCookie(w, result.cookie)
	}
	fault.write(w, asked.contentType(), asked.respond(m.family, result))
}

// readSOAP takes the operation and its parameters out of an envelope.
func readSOAP(body io.Reader) (soapCall, error) {
	var envelope struct {
		XMLName xml.Name
		Body    struct {
			Operation struct {
				XMLName xml.Name
				Params  []struct {
					XMLName xml.Name
					Text    string `xml:",chardata"`
				} `xml:",any"`
			} `xml:",any"`
		} `xml:"Body"`
	}
	if err := xml.NewDecoder(body).Decode(&envelope); err != nil {
		return soapCall{}, err
	}
	if space := envelope.XMLName.Space; space != soap11 && space != soap12 {
		return soapCall{}, errNotSOAP
	}
	operation := envelope.Body.Operation
	asked := soapCall{
		envelope: envelope.XMLName.Space, name: operation.XMLName.Local, space: operation.XMLName.Space,
		params: map[string]string{},
	}
	for _, p := range operation.Params {
		asked.params[plainName(p.XMLName.Local)] = p.Text
	}
	alias(asked.params)
	return asked, nil
}

// plainName takes the type prefix off a SOAP parameter: sAuthCode, iNodeID and bNoTechConsole become authcode, nodeid
// and notechconsole.
func plainName(name string) string {
	if len(name) > 1 && strings.ContainsRune("sibe", rune(name[0])) && unicode.IsUpper(rune(name[1])) {
		name = name[1:]
	}
	return strings.ToLower(name)
}

// addressed tells whether namespace and, in SOAP 1.1, the SOAPAction header name the operation.
func (a soapCall) addressed(r *http.Request) bool {
	action := strings.Trim(r.Header.Get("SOAPAction"), `"`)
	return a.space == namespace && (a.envelope == soap12 || strings.EqualFold(action, namespace+"/"+a.name))
}

func (a soapCall) contentType() string {
	if a.envelope == soap12 {
		return "application/soap+xml; charset=utf-8"
	}
	return "text/xml; charset=utf-8"
}

// respond writes the response with the result as <family>_<Word> (rescue.md 1.4).
func (a soapCall) respond(family string, result answer) string {
	member, known := members[result.word]
	if !known {
		member = result.word
	}
	var out bytes.Buffer
	openEnvelope(&out, a.envelope)
	out.WriteString("<" + a.name + `Response xmlns="` + namespace + `">`)
	element(&out, a.name+"Result", family+"_"+member)
	for _, v := range result.values {
		if v.soap != "" {
			element(&out, v.soap, v.text)
		}
	}
	out.WriteString(result.xml)
	out.WriteString("</" + a.name + "Response></soap:Body></soap:Envelope>")
	return out.String()
}

func openEnvelope(out *bytes.Buffer, envelope string) {
	out.WriteString(`<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="` + envelope +
		`" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>`)
}

// soapFault refuses a request that names no operation, with status 500 as SOAP asks.
func soapFault(w http.ResponseWriter, envelope, reason string) {
	var out bytes.Buffer
	openEnvelope(&out, envelope)
	if envelope == soap12 {
		out.WriteString(`<soap:Fault><soap:Code><soap:Value>soap:Sender</soap:Value></soap:Code><soap:Reason><soap:Text xml:lang="en">` +
			reason + `</soap:Text></soap:Reason></soap:Fault>`)
	} else {
		out.WriteString(`<soap:Fault><faultcode>soap:Client</faultcode><faultstring>` + reason + `</faultstring></soap:Fault>`)
	}
	out.WriteString("</soap:Body></soap:Envelope>")
	w.Header().Set("Content-Type", soapCall{envelope: envelope}.contentType())
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = w.Write(out.Bytes())
}
