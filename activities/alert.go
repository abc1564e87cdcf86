package activities

import (
	"context"
	"fmt"
	"slices"
	"time"

	"example.com/lifeline/support"
)

// AlertInput tells a connection's alert desk of a trouble, or that it is over.
type AlertInput struct {
	Connection string  `json:"connection"`
	Trouble    Trouble `json:"trouble"`
}

// RaiseAlert tells the alert desk of a trouble.
func (s *Steps) RaiseAlert(ctx context.Context, in AlertInput) error {
	return s.Dispatch.Raise(ctx, in.Connection, in.Trouble)
}

// ClearAlert tells the alert desk that a trouble is over.
func (s *Steps) ClearAlert(ctx context.Context, in AlertInput) error {
	return s.Dispatch.Clear(ctx, in.Connection, in.Trouble.Subject, in.Trouble.Step)
}

// MailAlertInput is what an alert desk has to say at one time.
type MailAlertInput struct {
	Key        string    `json:"key"`
	Connection string    `json:"connection"`
	Troubles   []Trouble `json:"troubles"`  // those that are due now
	Recovered  []Trouble `json:"recovered"` // those that ended since the last mail
}

// MailAlert mails the operators: one letter for each kind of trouble, however many sessions have it.
func (s *Steps) MailAlert(ctx context.Context, in MailAlertInput) error {
	for i, text := range s.texts(in.Connection, in.Troubles) {
		if err := s.mailOperators(ctx, fmt.Sprintf("%s/%d", in.Key, i), s.Stationery.Alert(text)); err != nil {
			return err
		}
	}
	for i, text := range s.texts(in.Connection, in.Recovered) {
		if err := s.mailOperators(ctx, fmt.Sprintf("%s/recovered/%d", in.Key, i), s.Stationery.Recovery(text)); err != nil {
			return err
		}
	}
	return nil
}

// texts gathers troubles of one kind, the oldest first, into one text each.
func (s *Steps) texts(connection string, troubles []Trouble) []AlertText {
	var texts []AlertText
	for _, trouble := range troubles {
		at := slices.IndexFunc(texts, func(t AlertText) bool { return t.Trouble.sameKind(trouble) })
		switch {
		case at < 0:
			at = len(texts)
			texts = append(texts, AlertText{Connection: connection, Trouble: trouble, Now: s.Now()})
		case !trouble.Session:
			texts[at].Trouble.Subject += ", " + trouble.Subject
		}
		if trouble.Session {
			texts[at].Sessions++
		}
		if trouble.Since.Before(texts[at].Trouble.Since) {
			texts[at].Trouble.Since = trouble.Since
		}
	}
	return texts
}

// sameKind tells whether two troubles go into one letter.
func (t Trouble) sameKind(other Trouble) bool {
	return t.Step == other.Step && t.Code == other.Code && t.Session == other.Session
}

// ConsentInput warns that a consent runs out.
type ConsentInput struct {
	Owner   string    `json:"owner"`
	Subject string    `json:"subject"`
	Ends    time.Time `json:"ends"`
	Days    int       `json:"days"`
}

// WarnOfConsent mails the operators that a consent runs out.
func (s *Steps) WarnOfConsent(ctx context.Context, in ConsentInput) error {
	letter := s.Stationery.ConsentExpiry(in.Owner, in.Ends, in.Days)
	return s.mailOperators(ctx, fmt.Sprintf("consent/%s/%s/%d/%d", in.Owner, in.Subject, in.Ends.Unix(), in.Days), letter)
}

func (s *Steps) mailOperators(ctx context.Context, key string, letter support.Letter) error {
	if len(s.AlertTo) == 0 {
		s.Log.ErrorContext(ctx, "an alert is due, and no address is configured for it", "subject", letter.Subject)
	}
	for _, to := range s.AlertTo {
		if err := s.Post.Send(ctx, key+"/"+to.Email, to, letter); err != nil {
			return err
		}
	}
	return nil
}
