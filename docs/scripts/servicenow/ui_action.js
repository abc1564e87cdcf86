/*
 * UI action "Remote session" on Incident, and a second one with the same script on Case: a form button, not on new
 * records, condition gs.getProperty('x_lfln_lifeline.url') != ''.
 */
(function () {
    var answer = new LifelineSession().open(current);
    if (answer.signInUrl) {
        gs.addErrorMessage(answer.message + ' <a href="' + answer.signInUrl + '" target="_blank" rel="noopener">Sign in</a>, then press again.');
    } else if (!answer.ok) {
        gs.addErrorMessage(answer.message);
    } else {
        gs.addInfoMessage('Code ' + answer.code + ' for ' + answer.customerLink +
            ' - <a href="' + answer.panelUrl + '" target="_blank" rel="noopener">open the panel</a>');
    }
    action.setRedirectURL(current);
})();
