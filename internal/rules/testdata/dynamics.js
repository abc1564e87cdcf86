// Runs the Dynamics button with stand-ins for the client API: node dynamics.js <rows>, a JSON list of what each look at
// the row gives; the last one stays. What the button sent and showed is written as JSON.
const fs = require('fs');
const path = require('path');
const vm = require('vm');

const rows = JSON.parse(process.argv[2]);
const seen = { alerts: [], confirms: [], opened: [], looks: 0, busy: 0 };
const Xrm = {
    WebApi: {
        createRecord: async (table, row) => { seen.table = table; seen.row = row; return { id: 'row-1' }; },
        retrieveRecord: async () => { seen.looks++; return rows.length > 1 ? rows.shift() : rows[0]; },
        retrieveMultipleRecords: async (table, query) => { seen.query = query; return { entities: [{}] }; },
    },
    Utility: { showProgressIndicator: () => { seen.busy++; }, closeProgressIndicator: () => { seen.busy--; } },
    Navigation: {
        openAlertDialog: async (dialog) => { seen.alerts.push(dialog.text); },
        openConfirmDialog: async (dialog) => { seen.confirms.push(dialog.text); return { confirmed: true }; },
        openUrl: (url) => { seen.opened.push(url); },
    },
};
const form = {
    data: { entity: { getEntityName: () => 'incident', getId: () => '{75C2A1B0-0000-4000-8000-00000000000A}' } },
    ui: { refreshRibbon: () => { seen.refreshed = true; } },
};
const browser = { Xrm, setTimeout: (then) => { setImmediate(then); }, window: {}, Promise };
vm.createContext(browser);
vm.runInContext(fs.readFileSync(path.join(__dirname, '../../../docs/scripts/dynamics/session.js'), 'utf8'), browser);

(async () => {
    await browser.window.Lifeline.Commands.createSession(form);
    seen.mayCreate = await browser.window.Lifeline.Rules.noOpenSession(form);
    process.stdout.write(JSON.stringify(seen));
})();
