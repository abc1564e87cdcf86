package servicenow

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// numbers lists the numbers that a query over incidents finds.
func (b *bench) numbers(query string) []string {
	b.t.Helper()
	out := []string{}
	for _, row := range b.find("incident", query, "sysparm_fields", "number").rows(b.t) {
		out = append(out, row["number"].(string)[8:])
	}
	return out
}

func TestEncodedQueries(t *testing.T) {
	b := open(t)
	dana := b.demo.Agents["dana"]
	for query, want := range map[string][]string{
		"number=INC0010001":                                 {"01"},
		"number=inc0010001":                                 {"01"},
		"number!=INC0010001":                                {"02", "03"},
		"numberININC0010001,INC0010003":                     {"01", "03"},
		"numberNOT ININC0010001,INC0010003":                 {"02"},
		"short_descriptionLIKEvpn":                          {"01"},
		"short_description*VPN":                             {"01"},
		"short_descriptionNOT LIKEvpn":                      {"02", "03"},
		"short_descriptionSTARTSWITHoutlook":                {"02"},
		"short_descriptionENDSWITHhome":                     {"01"},
		"short_description%home":                            {"01"},
		"assigned_toISEMPTY":                                {"02"},
		"assigned_to=":                                      {"02"},
		"assigned_toISNOTEMPTY":                             {"01", "03"},
		"assigned_toANYTHING":                               {"01", "02", "03"},
		"caller_id.email=joe@example.net":                   {"01"},
		"caller_id.emailISEMPTY":                            {"03"},
		"assigned_to=" + dana + "^active=true":              {"01"},
		"state=2^ORstate=1":                                 {"01", "02", "03"},
		"active=true^number=INC0010001^ORnumber=INC0010002": {"01", "02"},
		"number=INC0010001^NQnumber=INC0010003":             {"01", "03"},
		"ORDERBYDESCnumber":                                 {"03", "02", "01"},
		"ORDERBYpriority^ORDERBYDESCnumber":                 {"01", "02", "03"},
		"active=true^ORDERBYDESCcaller_id.name":             {"03", "01", "02"},
		"priority<5":                                        {"01", "02"},
		"priority>=5":                                       {"03"},
		"priorityBETWEEN3@4":                                {"01", "02"},
		"stateSAMEASincident_state":                         {"01", "02", "03"},
		"impactLT_FIELDurgency":                             {},
		"impactGT_FIELDurgency":                             {"02"},
		"sys_created_on>=2026-11-22 08:00:00":               {"01", "02", "03"},
		"sys_created_on>2026-11-22 08:00:00":                {},
		"sys_created_on>=javascript:gs.dateGenerate('2026-11-23','00:00:00')": {},
		"sys_created_onONToday@2026-11-22@2026-11-22":                         {"01", "02", "03"},
		"sys_created_onNOTONToday@2026-11-22@2026-11-22":                      {},
		"sys_created_onRELATIVEGT@hour@ago@1":                                 {"01", "02", "03"},
		"sys_created_onRELATIVELT@hour@ago@1":                                 {},
		"number=INC0010001^EQ":                                                {"01"},
		"number=INC0010001^nonsense=7":                                        {"01"},
		"nonsense=7":                                                          {"01", "02", "03"},
		"Number=INC0010001":                                                   {"01", "02", "03"},
		"":                                                                    {"01", "02", "03"},
	} {
		t.Run(query, func(t *testing.T) { require.Equal(t, want, b.numbers(query)) })
	}
}

func TestAnInvalidPartMayEmptyTheResultByProperty(t *testing.T) {
	b := open(t)
	b.SetProperty("glide.invalid_query.returns_no_rows", "true")
	require.Empty(t, b.numbers("nonsense=7"))
	require.Len(t, b.numbers("active=true"), 3)
}

func TestTheUserCanBeNamedInAQuery(t *testing.T) {
	b := open(t)
	id := b.List("sys_user", "user_name=lifeline")[0]["sys_id"]
	require.NoError(t, b.Update("incident", b.demo.Incidents[2], Row{"assigned_to": id}))
	require.Equal(t, []string{"03"}, b.numbers("assigned_to=javascript:gs.getUserID()"))
	require.Equal(t, []string{"03"}, b.numbers("assigned_toDYNAMIC"+dynamicMe))
}

func TestOperatorsBeyondTheSimulatorAreNotIgnored(t *testing.T) {
	b := open(t)
	require.Equal(t, 501, b.find("incident", "sys_created_onDATEPARTMonday").status)
}

func TestPlainParametersMakeAQuery(t *testing.T) {
	b := open(t)
	rows := b.call("GET", "/api/now/table/incident?number=INC0010002&active=true&nonsense=1", nil).rows(t)
	require.Len(t, rows, 1)
}

func TestRelativeTimes(t *testing.T) {
	for value, want := range map[string]string{
		"minute@ago@5": "2026-11-22 07:55:00", "hour@ahead@1": "2026-11-22 09:00:00", "dayofweek@ago@1": "2026-11-21 08:00:00",
		"month@ago@1": "2026-10-22 08:00:00", "year@ahead@1": "2027-11-22 08:00:00",
	} {
		got, ok := relative(value, start)
		require.True(t, ok, value)
		require.Equal(t, want, got, value)
	}
	for _, value := range []string{"", "hour@ago", "hour@ago@x", "aeon@ago@1"} {
		_, ok := relative(value, start)
		require.False(t, ok, value)
	}
}

func FuzzEncodedQuery(f *testing.F) {
	for _, seed := range []string{"a=1^ORb=2^NQcLIKEx^ORDERBYDESCa", "aBETWEEN1@2", "^^EQ^OR", "aONx@y@z", "a=javascript:gs.getUserID()", "aIN1,2^ORDERBY"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		q, err := parseQuery(encoded, func(string) bool { return true })
		if err != nil {
			require.ErrorIs(t, err, errNotImitated)
			return
		}
		q.matches(func(field string) string { return field }, environment{now: time.Unix(0, 0)})
	})
}
