/*
 * Script include "LifelineSession": asks Lifeline for a remote session on a record.
 *
 * It is plain ES5, so that it runs on every release and in every scope. It reads four properties:
 *
 *   x_lfln_lifeline.url         address of Lifeline, https://lifeline.example.com
 *   x_lfln_lifeline.connection  name of the connection, acme-sn
 *   x_lfln_lifeline.key_id      id of the signing key
 *   x_lfln_lifeline.secret      the signing key's secret (type password2)
 */
var LifelineSession = Class.create();
LifelineSession.prototype = {
    initialize: function () {
        this.url = gs.getProperty('x_lfln_lifeline.url', '').replace(/\/+$/, '');
        this.connection = gs.getProperty('x_lfln_lifeline.connection', '');
        this.keyId = gs.getProperty('x_lfln_lifeline.key_id', '');
        this.secret = gs.getProperty('x_lfln_lifeline.secret', '');
    },

    /*
     * Opens a session on the record, or gets the live one. The answer has ok, and either code, customerLink, panelUrl
     * and expiresAt, or message: what the agent should read. With signInUrl the agent has to sign in there once first.
     */
    open: function (record) {
        if (!this.url || !this.connection || !this.keyId || !this.secret) {
            return this._failure('Remote support is not set up: a property x_lfln_lifeline.* is empty.');
        }
        var path = '/v1/connections/' + encodeURIComponent(this.connection) + '/records/' + record.getTableName() + '/' +
            record.getUniqueValue() + '/session';
        return this._post(path, this._ascii(JSON.stringify({
            requestId: gs.generateGUID(),
            number: record.getValue('number'),
            agent: {
                id: gs.getUserID(),
                name: gs.getUserDisplayName(),
                userName: gs.getUserName(),
                email: gs.getUser().getEmail()
            }
        })));
    },

    _post: function (path, body) {
        var timestamp = String(Math.floor(new Date().getTime() / 1000));
        var request = new sn_ws.RESTMessageV2();
        request.setEndpoint(this.url + path);
        request.setHttpMethod('POST');
        request.setHttpTimeout(15000); // Lifeline answers within 10 s
        request.setRequestHeader('Content-Type', 'application/json');
        request.setRequestHeader('X-Lifeline-Timestamp', timestamp);
        request.setRequestHeader('X-Lifeline-Key-Id', this.keyId);
        request.setRequestHeader('X-Lifeline-Signature', this._sign(timestamp, path, body));
        request.setRequestBody(body);
        try {
            return this._read(request.execute());
        } catch (e) {
            gs.error('Lifeline cannot be reached: ' + e);
            return this._failure('Lifeline cannot be reached. Please try again, or tell your administrator.');
        }
    },

    _sign: function (timestamp, path, body) {
        var key = gs.base64Encode(this.secret);
        return 'v1=' + new CertificateEncryption().generateMac(key, 'HmacSHA256', timestamp + '.POST.' + path + '.' + body);
    },

    _read: function (response) {
        var status = response.getStatusCode();
        var answer = {};
        try {
            answer = JSON.parse(response.getBody());
        } catch (e) {
            gs.error('Lifeline answered ' + status + ' with something else than JSON');
        }
        if (status !== 200 && status !== 201) {
            return this._failure(answer.detail || 'Lifeline did not answer (status ' + status + '). Please try again.', answer.signInUrl);
        }
        return {
            ok: true, code: answer.code, customerLink: answer.customerLink, panelUrl: answer.panelUrl, expiresAt: answer.expiresAt
        };
    },

    _failure: function (message, signInUrl) {
        return { ok: false, message: message, signInUrl: signInUrl };
    },

    // Both sides must sign the same bytes, and how generateMac encodes letters beyond ASCII is not documented.
    _ascii: function (json) {
        return json.replace(/[\u007f-\uffff]/g, function (letter) {
            return '\\u' + ('000' + letter.charCodeAt(0).toString(16)).slice(-4);
        });
    },

    type: 'LifelineSession'
};
