/*
 * Web resource lifeline_/js/session.js: the button "New remote session" of Dynamics 365.
 *
 * The button creates a row of lifeline_session as the user who pressed. Dataverse tells Lifeline of it, Lifeline writes
 * the code back to the row, and this script waits for it. No key is in here: every user can read a web resource.
 */
var Lifeline = window.Lifeline || {};

Lifeline.Commands = (function () {
    "use strict";

    var sets = { incident: "incidents", account: "accounts", contact: "contacts", lead: "leads", opportunity: "opportunities" };
    var columns = "?$select=statecode,lifeline_state,lifeline_pin,lifeline_customerlink,lifeline_panelurl,lifeline_errorcode,lifeline_errormessage";
    var pause = 2000; // milliseconds between two looks at the row
    var looks = 30;

    function recordOf(form) {
        var entity = form.data.entity;
        return { table: entity.getEntityName(), id: entity.getId().replace(/[{}]/g, "").toLowerCase() };
    }

    function requestRow(record) {
        var row = { lifeline_name: "Remote session", lifeline_regardingtype: record.table };
        row["lifeline_" + record.table + "id@odata.bind"] = "/" + sets[record.table] + "(" + record.id + ")";
        return row;
    }

    function wait() {
        return new Promise(function (resolve) { setTimeout(resolve, pause); });
    }

    /* follow looks at the row until Lifeline has written a code or an error, and gives up after a minute. */
    function follow(id, left) {
        return wait().then(function () {
            return Xrm.WebApi.retrieveRecord("lifeline_session", id, columns);
        }).then(function (row) {
            if (row.lifeline_pin || row.lifeline_errorcode || row.statecode === 1) {
                return row;
            }
            return left > 1 ? follow(id, left - 1) : null;
        });
    }

    function tell(title, text) {
        return Xrm.Navigation.openAlertDialog({ title: title, text: text });
    }

    /* offer opens an address with the user's own click: browsers block windows that open by themselves. */
    function offer(text, label, address) {
        return Xrm.Navigation.openConfirmDialog({ title: "Remote session", text: text, confirmButtonLabel: label }).then(function (pressed) {
            if (pressed.confirmed && address) {
                Xrm.Navigation.openUrl(address);
            }
        });
    }

    /* show says what came of the press. While the agent has to sign in to the vendor, the row leads there. */
    function show(row) {
        if (!row) {
            return tell("Remote session", "The code is not here yet. It will appear under Remote Sessions of this record.");
        }
        if (row.lifeline_errorcode === "sign_in_needed" && row.lifeline_panelurl) {
            return offer(row.lifeline_errormessage, "Sign in", row.lifeline_panelurl);
        }
        if (!row.lifeline_pin) {
            return tell("Remote session", row.lifeline_errormessage || "No code was given.");
        }
        var text = (row.lifeline_errormessage ? row.lifeline_errormessage + "\n" : "") +
            "Code: " + row.lifeline_pin + "\nFor the customer: " + row.lifeline_customerlink;
        return offer(text, "Open the panel", row.lifeline_panelurl);
    }

    /* createSession is the command's function; its one parameter is PrimaryControl. */
    function createSession(form) {
        var record = recordOf(form);
        Xrm.Utility.showProgressIndicator("Asking for a remote session");
        return Xrm.WebApi.createRecord("lifeline_session", requestRow(record)).then(function (created) {
            return follow(created.id, looks);
        }).then(function (row) {
            Xrm.Utility.closeProgressIndicator();
            return show(row);
        }, function (error) {
            Xrm.Utility.closeProgressIndicator();
            return tell("Remote session", error.message);
        }).then(function () {
            form.ui.refreshRibbon();
        });
    }

    return { createSession: createSession };
})();

Lifeline.Rules = {
    /* noOpenSession is an enable rule: true while the record has no open session. Its parameter is PrimaryControl. */
    noOpenSession: function (form) {
        var entity = form.data.entity;
        var id = entity.getId().replace(/[{}]/g, "").toLowerCase();
        var filter = "?$select=lifeline_sessionid&$top=1&$filter=statecode eq 0 and _lifeline_" + entity.getEntityName() + "id_value eq " + id;
        return Xrm.WebApi.retrieveMultipleRecords("lifeline_session", filter).then(function (found) {
            return found.entities.length === 0;
        });
    }
};

window.Lifeline = Lifeline;
