package support

// Finding is one line of `lifeline doctor`.
type Finding struct {
	Level   Level  `json:"level"`
	Subject string `json:"subject"` // what was looked at: "token", "table x_lfln_session", "technician dana@example.org"
	Text    string `json:"text"`    // what was found, in plain words
	Remedy  string `json:"remedy"`  // what to do about it
}

// Level grades a finding.
type Level string

// The levels of findings.
const (
	OK      Level = "ok"
	Warning Level = "warning"
	Fault   Level = "fault"
)

// Fine finds nothing wrong with a subject.
func Fine(subject, text string) Finding { return Finding{Level: OK, Subject: subject, Text: text} }

// Warn finds something that sessions can do without.
func Warn(subject, text, remedy string) Finding {
	return Finding{Level: Warning, Subject: subject, Text: text, Remedy: remedy}
}

// Broken finds something that sessions cannot do without.
func Broken(subject, text, remedy string) Finding {
	return Finding{Level: Fault, Subject: subject, Text: text, Remedy: remedy}
}

// Failed is Broken by a failure, of which it shows the public part only. Whoever asks to slow down has said nothing of
// the subject.
func Failed(subject string, err error, remedy string) Finding {
	failure := AsError(err)
	if failure.Code == CodeRateLimited {
		return Warn(subject, "not looked at: "+failure.Message, "run doctor again in a few minutes")
	}
	return Broken(subject, failure.Message, remedy)
}
