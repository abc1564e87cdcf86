package api

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// Sessions are the workflows as the API needs them; implemented by package sessions.
type Sessions interface {
	OpenSession(ctx context.Context, ref support.RecordRef, press workflows.Press, key string) (workflows.View, error)
	CloseSession(ctx context.Context, ref support.RecordRef, press workflows.ClosePress, key string) (workflows.View, error)
	Share(ctx context.Context, ref support.RecordRef, share workflows.Share, key string) (workflows.Shared, error)
	Renew(ctx context.Context, ref support.RecordRef, press workflows.RenewPress, key string) (workflows.View, error)
	Join(ctx context.Context, ref support.RecordRef, press workflows.JoinPress, key string) (support.Secret, error)
	Retry(ctx context.Context, ref support.RecordRef, press workflows.RetryPress, key string) (workflows.View, error)
	RetryRun(ctx context.Context, workflowID string, press workflows.RetryPress, key string) (workflows.View, error)
	State(ctx context.Context, ref support.RecordRef) (workflows.View, error)
	List(ctx context.Context, filter sessions.Filter) ([]sessions.Listed, []byte, error)
	Owner(connection string, token support.Token) (string, error)
	Deliver(ctx context.Context, connection string, event support.Event) error
	Request(ctx context.Context, connection, rowID string) error
	ProvideCredential(ctx context.Context, owner, connection, subject string, given support.Credential) error
	RunNow(ctx context.Context, p sessions.Periodic) error
	Pause(ctx context.Context, p sessions.Periodic, paused bool) error
	Describe(ctx context.Context, p sessions.Periodic) (sessions.PeriodicState, error)
	Ready(ctx context.Context) error
}

// Post is a vendor's post as it came.
type Post struct {
	Connection  string
	ContentType string
	Event       string // start, end or ""
	Body        []byte
	ReceivedAt  time.Time
}

// Inbox keeps posts on disk that the engine does not take at once.
type Inbox interface {
	// Hold returns when the post is durable.
	Hold(ctx context.Context, post Post) (Held, error)
	// Ready tells whether Hold could keep a post now.
	Ready() error
}

// Held is a post on disk whose delivery is still being tried. One of the two ends that.
type Held interface {
	Release() // it was not delivered: the inbox is to forward it
	Drop()    // it was delivered
}

// Door is a connection as requests see it. Each list of secrets holds the current one and, during a rotation, its
// predecessor; empty ones open nothing.
type Door struct {
	Name           string
	CRM            support.CRM
	Vendor         support.Vendor
	Settings       support.Settings
	Instance       string                    // ServiceNow's name, for ?instance=
	HookSecrets    []support.Secret          // in the address of the vendor's posts
	APIKeys        []support.Secret          // of the CRM's buttons
	Signers        map[string]support.Secret // of signed requests, by key id
	WebhookSecrets []support.Secret          // Dataverse's header
	DecodePost     support.PostDecoder       // nil: the vendor posts nothing
	// DecodeRequest reads Dataverse's webhook and checks the organization; nil: the CRM sends none.
	DecodeRequest func(body []byte) (rowID string, err error)
	SignIn        SignIn    // nil: agents never sign in
	TakeToken     TakeToken // nil: the CRM sends no token
	Report        *sessions.Periodic
}

// stranger stands for a connection that is not configured: every proof is compared with it all the same, so that
// whether a connection exists is told to nobody.
var stranger = &Door{}

// door finds the connection of the path, or the stranger.
func (s *Server) door(c echo.Context) *Door {
	if door, ok := s.Doors[c.Param("c")]; ok {
		return door
	}
	return stranger
}

// mustExist is asked after the proof only.
func (d *Door) mustExist() error {
	if d == stranger {
		return support.Stopped(support.CodeNotFound, "there is no connection of this name", nil)
	}
	return nil
}

func (d *Door) kind() support.CRMKind {
	if d == stranger {
		return ""
	}
	return d.CRM.Kind()
}
