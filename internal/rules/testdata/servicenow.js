// Runs the ServiceNow button with stand-ins for the platform's objects: node servicenow.js <status> <answer>.
// What the button sent and showed is written as JSON.
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const vm = require('vm');

const scripts = path.join(__dirname, '../../../docs/scripts/servicenow');
const seen = { headers: {}, messages: [], errors: [] };
const properties = {
    'x_lfln_lifeline.url': 'https://lifeline.example.com/', 'x_lfln_lifeline.connection': 'acme-sn',
    'x_lfln_lifeline.key_id': 'k1', 'x_lfln_lifeline.secret': 'a-signing-secret-0001',
};

function RESTMessageV2() {}
RESTMessageV2.prototype = {
    setEndpoint: (url) => { seen.url = url; },
    setHttpMethod: (method) => { seen.method = method; },
    setHttpTimeout: (ms) => { seen.timeout = ms; },
    setRequestHeader: (name, value) => { seen.headers[name] = value; },
    setRequestBody: (body) => { seen.body = body; },
    execute: () => ({ getStatusCode: () => Number(process.argv[2]), getBody: () => process.argv[3] }),
};

function CertificateEncryption() {}
CertificateEncryption.prototype.generateMac = (key, algorithm, data) => {
    seen.algorithm = algorithm;
    return crypto.createHmac('sha256', Buffer.from(key, 'base64')).update(data, 'latin1').digest('base64');
};

const platform = {
    Class: { create: () => function () { this.initialize.apply(this, arguments); } },
    gs: {
        getProperty: (name) => properties[name], generateGUID: () => '0123456789abcdef0123456789abcdef',
        getUserID: () => '6816f79cc0a8016401c5a33be04be441', getUserDisplayName: () => 'Dana Müller', getUserName: () => 'dana',
        getUser: () => ({ getEmail: () => 'dana@example.com' }), base64Encode: (text) => Buffer.from(text).toString('base64'),
        addInfoMessage: (text) => seen.messages.push(text), addErrorMessage: (text) => seen.errors.push(text), error: () => {},
    },
    sn_ws: { RESTMessageV2 }, CertificateEncryption,
    action: { setRedirectURL: () => { seen.redirected = true; } },
    current: {
        getTableName: () => 'incident', getUniqueValue: () => '9c573169c611228700193229fff72400', getValue: () => 'INC0010001',
    },
};

vm.createContext(platform);
for (const name of ['LifelineSession.js', 'ui_action.js']) {
    vm.runInContext(fs.readFileSync(path.join(scripts, name), 'utf8'), platform, { filename: name });
}
process.stdout.write(JSON.stringify(seen));
