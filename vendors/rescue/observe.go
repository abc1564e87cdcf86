package rescue

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"example.com/lifeline/support"
)

// sweepWidth is how many technicians' nodes are asked at the same time.
const sweepWidth = 4

// Observe implements support.Vendor with SOAP getSession_V3 (rescue.md 5.1). With an API token it lists the account,
// or NODE, in one call and ignores the technicians. Otherwise it lists the node of each technician with that
// technician's own authcode; req.Technicians must then be SSO ids. If one of these cannot be asked, what the others
// showed is returned along with the error: nothing may be concluded from a session's absence then.
func (v *Vendor) Observe(ctx context.Context, req support.ObserveRequest) ([]support.Observation, error) {
	if v.cfg.pollsAccount() {
		seen, err := v.observeAccount(ctx)
		return merge(seen), err
	}
	return v.observeTechnicians(ctx, req.Technicians)
}

func (v *Vendor) observeAccount(ctx context.Context) (seen []support.Observation, err error) {
	err = v.asAdministrator(func(token support.Secret) error {
		node, err := v.accountNode(func() (identity, error) { return v.identify(ctx, token) })
		if err == nil {
			seen, err = v.sessionsOf(ctx, node, token)
		}
		return err
	})
	return seen, err
}

func (v *Vendor) observeTechnicians(ctx context.Context, ssoIDs []string) ([]support.Observation, error) {
	found := make([][]support.Observation, len(ssoIDs))
	var group errgroup.Group
	group.SetLimit(sweepWidth)
	for i, ssoID := range ssoIDs {
		group.Go(func() error {
			return support.Carefully(func() (err error) {
				found[i], err = v.observeTechnician(ctx, ssoID)
				return err
			})
		})
	}
	err := group.Wait()
	return merge(slices.Concat(found...)), err
}

func (v *Vendor) observeTechnician(ctx context.Context, ssoID string) (seen []support.Observation, err error) {
	err = v.asTechnician(ctx, ssoID, func(code support.Secret) error {
		node, err := v.nodeFor(ssoID, func() (string, error) {
			who, err := v.identify(ctx, code)
			return who.TechID, err
		})
		if err == nil {
			seen, err = v.sessionsOf(ctx, node, code)
		}
		if refusedWith(err, wordInvalidNode, wordInvalidNodeID) {
			v.nodes.Delete(strings.ToLower(ssoID))
		}
		return err
	})
	return seen, err
}

// accountKey is where the account's own node id is remembered; no SSO id is empty.
const accountKey = ""

// accountNode is the node that stands for the account: NODE, or the account id, which does too (rescue.md 5.1).
func (v *Vendor) accountNode(ask func() (identity, error)) (string, error) {
	if v.cfg.Node != "" {
		return v.cfg.Node, nil
	}
	return v.nodeFor(accountKey, func() (string, error) {
		who, err := ask()
		return who.AccountID, err
	})
}

// nodeFor remembers node ids, which do not change while a user or account exists.
func (v *Vendor) nodeFor(key string, ask func() (string, error)) (string, error) {
	key = strings.ToLower(key)
	if node, known := v.nodes.Load(key); known {
		return node.(string), nil
	}
	node, err := ask()
	if err != nil {
		return "", err
	}
	if node == "" {
		return "", support.Stopped(support.CodeNoTechnician, "the Rescue user has no technician licence", nil)
	}
	v.nodes.Store(key, node)
	return node, nil
}

func (v *Vendor) sessionsOf(ctx context.Context, node string, code support.Secret) ([]support.Observation, error) {
	response, err := v.wire.soap(ctx, "getSession_V3",
		param{name: "iNodeID", value: node}, param{name: "eNodeRef", value: "NODE"}, authcodeParam(code))
	if err != nil {
		return nil, err
	}
	seen := []support.Observation{}
	if list := response.child("aSessions"); list != nil {
		for _, row := range list.children {
			if o, ok := v.observation(ctx, row); ok {
				seen = append(seen, o)
			}
		}
	}
	return seen, nil
}

// observation reads one row. The tracking field is not listed, so the token is looked for in the custom fields.
func (v *Vendor) observation(ctx context.Context, row *element) (support.Observation, bool) {
	id, ok := readSessionID(row.get("iID"))
	if !ok {
		return support.Observation{}, false
	}
	status := cutText(row.get("bStatus"), 80)
	stands := standingOf(status)
	if stands.phase == support.PhaseUnknown {
		v.log.WarnContext(ctx, "rescue shows a status that is not in the reference", "status", status, "session", id)
	}
	return support.Observation{
		VendorSessionID: id,
		Token:           tokenIn(row),
		Phase:           stands.phase,
		Reason:          stands.reason,
		Technician:      support.Technician{ID: role(row.get("iTechnician")), Name: row.get("sTechnician")},
		Status:          status,
	}, true
}

func tokenIn(row *element) support.Token {
	for i := range customFieldLimits {
		if value := row.get("sCustomField" + strconv.Itoa(i)); support.IsToken(value) {
			return support.Token(value)
		}
	}
	return ""
}

// readSessionID takes a positive integer, which is beyond 1.07e9 already, so 64 bits (rescue.md 5.1).
func readSessionID(s string) (string, bool) {
	id, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil || id <= 0 {
		return "", false
	}
	return strconv.FormatInt(id, 10), true
}

// merge leaves one observation a session. After a transfer the same id is listed under both technicians: the one who
// has it now counts, not the one who gave it away (rescue.md 5.1).
func merge(seen []support.Observation) []support.Observation {
	at := map[string]int{}
	merged := make([]support.Observation, 0, len(seen))
	for _, o := range seen {
		i, again := at[o.VendorSessionID]
		if !again {
			at[o.VendorSessionID] = len(merged)
			merged = append(merged, o)
		} else if weight(o.Phase) > weight(merged[i].Phase) {
			merged[i] = o
		}
	}
	return merged
}

func weight(phase support.Phase) int {
	switch phase {
	case support.PhaseUnknown:
		return 0
	case support.PhaseTransferring:
		return 1
	case support.PhaseEnded:
		return 2
	}
	return 3
}
