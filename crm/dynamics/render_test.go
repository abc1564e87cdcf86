package dynamics

import (
	"html"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

const templatePath = "GET templates(" + templateID + ")"

var bobIto = support.Customer{ID: otherID, Name: "Bob <Ito>", Email: "bobIto@example.org"}

func TestMergeFieldsNameTheChosenContactAndTheAgent(t *testing.T) {
	e := newEnvironment(t).
		on(templatePath, ok(`{"subject":"{!incident:title;} for {!Customer:Full Name;you}","body":"<p>Dear {!Customer:fullname;customer},</p><p>{link}</p><p>{! User : Full Name ;}, {!Account:name;}</p>"}`)).
		on("POST InstantiateTemplate", ok(`{"value":[{"subject":"Till for # Lifeline","description":"<p>Dear # Lifeline,</p><p>{link}</p><p># Lifeline, Miller &amp; Co</p>"}]}`))
	letter, err := e.crm().Render(t.Context(), theCase, templateID, bobIto, theUser)
	require.NoError(t, err)
	assert.Equal(t, "Till for Bob <Ito>", letter.Subject)
	assert.Equal(t, "<p>Dear Bob &lt;Ito&gt;,</p><p>{link}</p><p>Dana Ruiz, Miller &amp; Co</p>", letter.HTML, "the company is named rightly")
	assert.Equal(t, map[string]any{"TemplateId": templateID, "ObjectType": "incident", "ObjectId": caseID}, e.only("POST InstantiateTemplate").body)
}

// Organisations may keep their templates as XSLT, whose words are not those of the merged text.
func TestTemplateThatDoesNotAlignGetsItsNamesReplaced(t *testing.T) {
	e := newEnvironment(t).
		on(statePath, aCase(`,"primarycontactid":`+ana+`,"customerid_account":{"accountid":"`+accountID+`","name":"Miller & Co"}`)).
		on(templatePath, ok(`{"subject":"<xsl:stylesheet>","body":"<xsl:stylesheet>"}`)).
		on("GET WhoAmI", ok(`{"UserId":"`+otherID+`"}`)).
		on("GET systemusers("+otherID+")", ok(`{"systemuserid":"`+otherID+`","fullname":"# Lifeline"}`)).
		on("POST InstantiateTemplate", ok(`{"value":[{"subject":"For Miller & Co","description":"<p>Dear Miller &amp; Co. Ana Lopezian stays, Ana Lopez goes.</p># Lifeline"}]}`))
	letter, err := e.crm().Render(t.Context(), theCase, templateID, bobIto, theUser)
	require.NoError(t, err)
	assert.Equal(t, "For Bob <Ito>", letter.Subject)
	assert.Equal(t, "<p>Dear Bob &lt;Ito&gt;. Ana Lopezian stays, Bob &lt;Ito&gt; goes.</p>Dana Ruiz", letter.HTML)
}

func TestNamesAreWrittenBetweenTheTemplatesWords(t *testing.T) {
	for name, c := range map[string]struct{ template, merged, want string }{
		"no field":          {"Dear Contoso", "Dear Contoso", "Dear Contoso"},
		"only a field":      {"{!Customer:fullname;}", "x", "Bob &lt;Ito&gt;"},
		"parts of the name": {"{!Contact:First Name;}-{!Contact:lastname;}", "a-b", "Bob-&lt;Ito&gt;"},
		"addresses":         {"{!User:internalemailaddress;} {!Contact:email;}", "a b", "dana@example.org bobIto@example.org"},
		"default text":      {"Hi {!customer:name;customer}!", "Hi customer!", "Hi Bob &lt;Ito&gt;!"},
		"kept":              {"{!incident:ticketnumber;}: {!incident:title;}", "C-1: Till", "C-1: Till"},
		"two ways":          {"{!incident:title;} {!Customer:fullname;}", "Till is dead", ""},
		"neighbours":        {"{!incident:title;}{!Customer:fullname;}", "Till", ""},
		"other words":       {"Dear {!Customer:fullname;}", "Hello x", ""},
		"overlap":           {"aba{!Customer:fullname;}aba", "aba", ""},
	} {
		got, aligned := rename(c.template, c.merged, namesOf(bobIto, theUser), html.EscapeString)
		assert.Equal(t, c.want, got, name)
		assert.Equal(t, c.want != "", aligned, name)
	}
	got, _ := rename("Dear {!Customer:fullname;}", "Dear x", namesOf(support.Customer{}, theUser), html.EscapeString)
	assert.Equal(t, "Dear x", got, "a contact without a name")
}

func TestTheChosenNameIsNotReplacedInParts(t *testing.T) {
	meant := map[string]string{"Contoso": "Contoso Service", "Contoso Service": "Contoso Service"}
	assert.Equal(t, "Dear Contoso Service, from Contoso Service", address(support.Letter{Subject: "Dear Contoso Service, from Contoso"}, meant).Subject)
	assert.Equal(t, "Dear Contoso", address(support.Letter{Subject: "Dear Contoso"}, nil).Subject)
}

func FuzzAlign(f *testing.F) {
	f.Add("Dear {!Customer:fullname;}, {!User:name;}", "Dear x, y")
	f.Add("{!a:b;}{!a:b;}", "xx")
	f.Fuzz(func(t *testing.T, template, merged string) {
		literals := mergeField.Split(template, -1)
		values, ok := align(literals, merged)
		if !ok {
			return
		}
		var whole strings.Builder
		for i, literal := range literals {
			whole.WriteString(literal)
			if i < len(values) {
				whole.WriteString(values[i])
			}
		}
		assert.Equal(t, merged, whole.String(), "nothing is lost or made up")
	})
}
