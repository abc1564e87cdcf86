package sandbox

import (
	"net/url"

	simdataverse "example.com/lifeline/sandbox/dataverse"
	"example.com/lifeline/support"
)

// deskAgents are the agents that the desk offers to be.
var deskAgents = []struct{ name, userName, email string }{
	{"Dana", "dana", "dana@example.com"},
	{"Sam", "sam", "sam@example.com"},
}

func (w *World) serviceNowPlaces(v *deskView, p pair) {
	v.Button = "Generate PIN"
	for _, agent := range deskAgents {
		v.Agents = append(v.Agents, deskLink{agent.name, w.URL(p.part) + "/incident_list.do?as=" + agent.userName})
	}
	for _, row := range w.ServiceNowOf(p.connection).List("incident", "") {
		v.Records = append(v.Records, deskLink{row["number"] + " " + row["short_description"], w.serviceNowForm(p, "incident", row["sys_id"])})
	}
}

func (w *World) serviceNowForm(p pair, table, id string) string {
	return w.URL(p.part) + "/" + table + ".do?" + url.Values{"sys_id": {id}, "as": {deskAgents[0].userName}}.Encode()
}

func (w *World) serviceNowSessions(p pair) []deskSession {
	sim := w.ServiceNowOf(p.connection)
	var list []deskSession
	for _, row := range sim.List(sim.SessionTable(), "") {
		record, _ := sim.Get(row["source_table"], row["source_id"])
		list = append(list, deskSession{
			Record: row["source_number"], Title: record["short_description"], Ticket: w.serviceNowForm(p, row["source_table"], row["source_id"]),
			State: support.State(row["state"]), Code: row["pin"], Customer: row["link"], Panel: row["panel_url"], Problem: row["error_message"],
			Agent: row["technician_email"], VendorID: row["vendor_session_id"], workflowID: row["workflow_id"], at: row["sys_created_on"],
		})
	}
	return list
}

func (w *World) dynamicsPlaces(v *deskView, p pair) {
	v.Button = "New remote session"
	for _, agent := range deskAgents {
		address := w.URL(p.part) + "/main.aspx?" + url.Values{"pagetype": {"entitylist"}, "etn": {"incident"}, "as": {agent.email}}.Encode()
		v.Agents = append(v.Agents, deskLink{agent.name, address})
	}
	cases, _ := w.DataverseOf(p.connection).List("incident", "") // the table is there, and no filter cannot be wrong
	for _, row := range cases {
		v.Records = append(v.Records, deskLink{row.Text("ticketnumber") + " " + row.Text("title"), w.dynamicsForm(p, "incident", row.Text("incidentid"))})
	}
}

func (w *World) dynamicsForm(p pair, table, id string) string {
	return w.URL(p.part) + "/main.aspx?" +
		url.Values{"pagetype": {"entityrecord"}, "etn": {table}, "id": {id}, "as": {deskAgents[0].email}}.Encode()
}

func (w *World) dynamicsSessions(p pair) []deskSession {
	sim := w.DataverseOf(p.connection)
	rows, _ := sim.List("lifeline_session", "")
	var list []deskSession
	for _, row := range rows {
		text := func(column string) string { return row.Text("lifeline_" + column) }
		table, id := text("regardingtype"), row.Text("_lifeline_"+text("regardingtype")+"id_value")
		record, title := recordOf(sim, table, id)
		list = append(list, deskSession{
			Record: record, Title: title, Ticket: w.dynamicsForm(p, table, id),
			State: support.State(text("state")), Code: text("pin"), Customer: text("customerlink"), Panel: text("panelurl"), Problem: text("errormessage"),
			Agent: text("technicianemail"), VendorID: text("vendorsessionid"), workflowID: text("workflowid"), at: row.Text("createdon"),
		})
	}
	return list
}

// recordOf gives number and title of a record; tables without a number have titles only.
func recordOf(sim *simdataverse.Sim, table, id string) (number, title string) {
	row, _ := sim.Get(table, id)
	titles := map[string]string{"incident": "title", "account": "name", "contact": "fullname", "lead": "subject", "opportunity": "name"}
	return row.Text("ticketnumber"), row.Text(titles[table])
}
