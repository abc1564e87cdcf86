package activities

import (
	"context"
	"fmt"
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

// MailAlertInput is one alert mail.
type MailAlertInput struct {
	Key       string    `json:"key"`
	AlertText AlertText `json:"alert"`
}

// MailAlert mails the operators. Without any it only logs.
func (s *Steps) MailAlert(ctx context.Context, in MailAlertInput) error {
	letter, err := s.Stationery.Alert(in.AlertText)
	if err != nil {
		return support.NeedsAttention(support.CodeInternal, "the alert could not be written", err)
	}
	return s.mailOperators(ctx, in.Key, letter)
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
	letter, err := s.Stationery.ConsentExpiry(in.Owner, in.Subject, in.Ends, in.Days)
	if err != nil {
		return support.NeedsAttention(support.CodeInternal, "the warning could not be written", err)
	}
	return s.mailOperators(ctx, fmt.Sprintf("consent/%s/%s/%d", in.Owner, in.Subject, in.Ends.Unix()+int64(in.Days)), letter)
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
