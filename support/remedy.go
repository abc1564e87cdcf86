package support

// remedies say in one sentence what a human does about a failure that only a human can end.
var remedies = map[string]string{
	CodeCredentialDead: "Check the client secret or password of the connection; a refresh token is renewed with `lifeline connect`. Then press retry.",
	CodeConsentMissing: "Run `lifeline connect` for the connection, or send a token through the token hook. Waiting sessions go on by themselves.",
	CodePermission:     "Give the service account the missing right; `lifeline doctor` names it. Then press retry.",
	CodeConfiguration:  "Correct the connection's configuration; `lifeline doctor` shows which hop fails. Then press retry.",
	CodeMapping:        "The CRM asks for values that are not sent; set them in the connection's configuration or relax the rule. Then press retry.",
	CodeRefusedByCRM:   "A rule of the CRM refused the write; change the record or the rule. Then press retry.",
	CodeKeyPending:     "Run `lifeline doctor --repair` to reactivate the session key. Then press retry.",
	CodeUnreachable:    "See whether the service is up and reachable from the worker. Then press retry.",
}

// Remedy says what to do about a failure that waits for a human.
func Remedy(code string) string {
	if remedy, ok := remedies[code]; ok {
		return remedy
	}
	return "Look at the run in the Temporal UI and at the worker's log. Then press retry."
}
