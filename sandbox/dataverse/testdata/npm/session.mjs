// Walks through create, read, update, upsert, delete, paging, actions and a batch with a client that knows nothing of the
// simulator. Arguments: server address, access token, id of a case. Prints what it saw as JSON.
import { DynamicsWebApi } from "dynamics-web-api";

const [serverUrl, token, caseId] = process.argv.slice(2);
const api = new DynamicsWebApi({ serverUrl, dataApi: { version: "9.2" }, onTokenRefresh: async () => token });
const seen = {};

const refused = async (request) => {
  try {
    await request;
    return "not refused";
  } catch (error) {
    return { status: error.status, code: error.code };
  }
};

seen.whoAmI = Object.keys(await api.callFunction({ functionName: "WhoAmI" })).includes("UserId");

const contactId = await api.create({ collection: "contacts", data: { firstname: "Nora", lastname: "Bell" } });
seen.created = await api.retrieve({ collection: "contacts", key: contactId, select: ["fullname"] });
seen.updated = await api.update({ collection: "contacts", key: contactId, data: { lastname: "Belloc" }, returnRepresentation: true, select: ["fullname"] });
seen.deleted = await api.deleteRecord({ collection: "contacts", key: contactId });
seen.gone = await refused(api.retrieve({ collection: "contacts", key: contactId }));
seen.wrongColumn = await refused(api.retrieve({ collection: "incidents", key: caseId, select: ["Title"] }));

const key = "lifeline_sessionkey='npm-1'";
const upsert = (data) => api.upsert({ collection: "lifeline_sessions", key, data, returnRepresentation: true, select: ["lifeline_name"] });
seen.upsertCreates = (await upsert({ lifeline_name: "first", "lifeline_incidentid@odata.bind": `/incidents(${caseId})` })).lifeline_name;
seen.upsertUpdates = (await upsert({ lifeline_name: "second" })).lifeline_name;
seen.createOnly = await api.upsert({ collection: "lifeline_sessions", key, data: {}, ifnonematch: "*" });
seen.expanded = await api.retrieve({ collection: "lifeline_sessions", key, select: ["lifeline_name"], expand: [{ property: "lifeline_incidentid", select: ["title"] }] });

for (let i = 0; i < 5; i++) {
  await api.create({ collection: "leads", data: { lastname: `Page ${i}`, subject: "paging" } });
}
const paged = { collection: "leads", select: ["lastname"], filter: "subject eq 'paging'", orderBy: ["lastname desc"], maxPageSize: 2 };
seen.firstPage = (await api.retrieveMultiple(paged)).value.map((row) => row.lastname);
seen.allPages = (await api.retrieveAll(paged)).value.map((row) => row.lastname);
seen.count = await api.count({ collection: "leads", filter: "subject eq 'paging'" });

api.startBatch();
api.create({ collection: "contacts", data: { lastname: "Batch" }, contentId: "1" });
api.create({ collection: "contacts", data: { lastname: "Child", "parentcustomerid_contact@odata.bind": "$1" } });
api.retrieveMultiple({ collection: "accounts", select: ["name"] });
const batch = await api.executeBatch();
seen.batch = { rows: batch.length, ids: batch.slice(0, 2).map((id) => typeof id), accounts: batch[2].value.map((row) => row.name) };
seen.child = (await api.retrieveMultiple({ collection: "contacts", filter: "lastname eq 'Child'", expand: [{ property: "parentcustomerid_contact", select: ["lastname"] }] })).value[0].parentcustomerid_contact.lastname;

await api.callAction({
  actionName: "CloseIncident",
  action: { IncidentResolution: { "@odata.type": "Microsoft.Dynamics.CRM.incidentresolution", subject: "done", "incidentid@odata.bind": `/incidents(${caseId})` }, Status: -1 },
});
seen.closed = (await api.retrieve({ collection: "incidents", key: caseId, select: ["statecode"] })).statecode;
seen.keys = (await api.retrieveEntity({ key: "LogicalName='lifeline_session'", select: ["LogicalName"], expand: [{ property: "Keys", select: ["EntityKeyIndexStatus"] }] })).Keys.map((one) => one.EntityKeyIndexStatus);

console.log(JSON.stringify(seen));
