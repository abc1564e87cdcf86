package rescue

import (
	"context"
	"net/url"

	"example.com/lifeline/support"
)

// Close implements support.Vendor (rescue.md 6). Rescue has no call to withdraw a PIN: before anybody has joined
// there is nothing to call, and success means that the session is over on our side only; the PIN runs out by itself.
// Closing takes an administrator, so without API_TOKEN the answer is not_supported.
func (v *Vendor) Close(ctx context.Context, req support.CloseRequest) error {
	if req.VendorSessionID == "" {
		return nil
	}
	id, ok := readSessionID(req.VendorSessionID)
	if !ok {
		return badSessionID()
	}
	if v.cfg.APIToken == "" {
		return support.Stopped(support.CodeNotSupported, "close the session in the Rescue console; Lifeline has no administrator's API token for Rescue", nil)
	}
	err := v.asAdministrator(func(token support.Secret) error {
		_, err := v.wire.api(ctx, "closeSession", url.Values{"session": {id}, "authcode": {token.Reveal()}})
		return err
	})
	if refusedWith(err, wordActionFailed) && v.isOver(ctx, id) {
		return nil
	}
	return err
}

// isOver reads the session's state again, after Rescue refused to close it. A session that the whole account no
// longer lists is over; one that cannot be looked at is not known to be.
func (v *Vendor) isOver(ctx context.Context, id string) bool {
	seen, err := v.observeAccount(ctx)
	if err != nil {
		return false
	}
	for _, o := range merge(seen) {
		if o.VendorSessionID == id {
			return o.Phase == support.PhaseEnded
		}
	}
	return v.cfg.Node == ""
}
