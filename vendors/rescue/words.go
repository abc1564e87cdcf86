package rescue

import (
	"errors"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"example.com/lifeline/support"
)

// The outcome words that the adapter itself decides on (rescue.md 1.4).
const (
	wordOK              = "OK"
	wordNotLoggedIn     = "NOTLOGGEDIN"
	wordInvalid         = "INVALID"
	wordInvalidAuthcode = "INVALID_SECRETAUTHCODE"
	wordInvalidNode     = "INVALIDPARAM_NODE"
	wordInvalidNodeID   = "INVALIDPARAM_NODEID" // SOAP's spelling
	wordLimitReached    = "LIMITREACHED"
	wordPollRate        = "POLLRATEEXCEEDED"
	wordNotSupported    = "NOTSUPPORTED"
	wordActionFailed    = "ACTIONFAILED"
	wordInvalidPassword = "INVALIDPASSWORD"
	wordInvalidCompany  = "INVALIDCOMPANYID"
)

// verdict says what a word means for the caller.
type verdict struct {
	kind    support.Kind
	code    string
	message string
	after   time.Duration
}

// verdicts are the error words of rescue.md 1.4 with their retry class.
var verdicts = map[string]verdict{
	"ERROR":                    {support.Retry, support.CodeUnreachable, "Rescue reported a passing error", 0},
	wordNotLoggedIn:            {support.Attention, support.CodeCredentialDead, "Rescue does not accept the login", 0},
	"NOTLOGGEDINASADMIN":       {support.Attention, support.CodePermission, "Rescue wants an administrator of this technician for that", 0},
	"NOTTECHNICIAN":            {support.Stop, support.CodeNoTechnician, "this Rescue user has no technician licence", 0},
	wordInvalid:                {support.Attention, support.CodeCredentialDead, "Rescue refused the user or the password", 0},
	wordInvalidAuthcode:        {support.Attention, support.CodeCredentialDead, "Rescue refused the authcode", 0},
	"USER_IS_DELETED":          {support.Attention, support.CodeNoTechnician, "the Rescue user has been deleted", 0},
	"USER_DELETED_OR_DISABLED": {support.Attention, support.CodeNoTechnician, "the Rescue user has been deleted or disabled", 0},
	wordLimitReached:           {support.Retry, support.CodeRateLimited, "too many logins at Rescue", 3 * time.Minute},
	wordPollRate:               {support.Retry, support.CodeRateLimited, "Rescue asks for a slower pace", time.Second},
	"NOTECHCONSOLERUNNING":     {support.Stop, support.CodeNoConsole, "the technician's Rescue console is not running", 0},
	"OUTOFPINCODES":            {support.Retry, support.CodeOutOfCodes, "Rescue has no PIN codes left at the moment", 5 * time.Minute},
	wordActionFailed:           {support.Stop, support.CodeActionFailed, "Rescue cannot do that now; the technician's console may be offline", 0},
	"INVALIDPARAM_SESSION":     {support.Stop, support.CodeNotFound, "Rescue does not know the session", 0},
	wordInvalidNode:            {support.Attention, support.CodeConfiguration, "Rescue does not know the node, or it belongs to another account", 0},
	wordInvalidNodeID:          {support.Attention, support.CodeConfiguration, "Rescue does not know the node, or it belongs to another account", 0},
	"INVALIDPARAM_COMPANY":     {support.Attention, support.CodeConfiguration, "Rescue refused the company id", 0},
	"INVALIDPINFORMAT":         {support.Stop, support.CodeInvalid, "Rescue refused the form of the PIN", 0},
	"INVALIDFORMAT":            {support.Stop, support.CodeInvalid, "Rescue refused the form of a date", 0},
	"INVALIDDATERANGE":         {support.Stop, support.CodeInvalid, "Rescue refused the span of the report", 0},
	wordInvalidPassword:        {support.Attention, support.CodeCredentialDead, "Rescue refused the SSO password, or does not know the SSO id", 0},
	wordInvalidCompany:         {support.Attention, support.CodeConfiguration, "Rescue does not know the company id", 0},
	"MISSINGPARAMETERS":        {support.Attention, support.CodeConfiguration, "Rescue misses a parameter: company id, SSO id or SSO password", 0},
	wordNotSupported:           {support.Stop, support.CodeNotSupported, "Rescue does not support that here", 0},
	"GLOBALIPRESTRICTED":       {support.Attention, support.CodePermission, "Rescue refuses logins from this address (IP restriction)", 0},
}

// spellings finds the plain word for any spelling: SOAP writes InvalidParam_NodeID, plain answers INVALIDPARAM_NODE.
var spellings = func() map[string]string {
	bySpelling := make(map[string]string, len(verdicts))
	for word := range verdicts {
		bySpelling[squeeze(word)] = word
	}
	return bySpelling
}()

// squeeze keeps letters and digits only, in upper case.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, s)
}

// refusal is the vendor's own word for a failure, kept as an error's private cause.
type refusal string

// Error names the word. Only words of the closed list, or of a harmless form, are ever made into a refusal.
func (r refusal) Error() string { return "Rescue answered " + string(r) }

// refusedWith tells whether the failure was made by one of the words.
func refusedWith(err error, words ...string) bool {
	var word refusal
	return errors.As(err, &word) && slices.Contains(words, string(word))
}

// failure makes the error of a known word; ok is false for an unknown one.
func failure(word string) (err *support.Error, ok bool) {
	known, ok := spellings[squeeze(word)]
	if !ok {
		return nil, false
	}
	v := verdicts[known]
	after := v.after
	if known == wordPollRate {
		after += rand.N(500 * time.Millisecond) // so that callers who were refused together do not return together
	}
	return &support.Error{Kind: v.kind, Code: v.code, Message: v.message, RetryAfter: after, Cause: refusal(known)}, true
}

// harmlessWord is what an unknown word must look like before it is shown: nothing that could be a code or a secret.
var harmlessWord = regexp.MustCompile(`^[A-Za-z_]{2,40}$`)

// unknownRefusal is a well-formed refusal that the list does not have. It is not repeated blindly.
func unknownRefusal(word string) *support.Error {
	return support.NeedsAttention(support.CodeConfiguration, "Rescue refused the call: "+word, refusal(word))
}

// notUnderstood is an answer outside the documented form: passing, never a success.
func notUnderstood(message string, cause error) *support.Error {
	return support.Retryable(support.CodeProtocol, message, 0, cause)
}
