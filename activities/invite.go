package activities

import (
	"context"
	"time"

	"example.com/lifeline/support"
)

// InviteInput says whom to invite to what.
type InviteInput struct {
	Connection string             `json:"connection"`
	Key        string             `json:"key"` // makes the mail recognisable when the step is repeated
	Agent      support.Agent      `json:"agent"`
	Customer   support.Customer   `json:"customer"`
	Record     support.Record     `json:"record"`
	Invitation support.Invitation `json:"invitation"`
	Renewed    bool               `json:"renewed"` // replaces an invitation that was sent before
}

// InviteCustomer mails the link to the customer.
func (s *Steps) InviteCustomer(ctx context.Context, in InviteInput) error {
	c, err := s.connection(in.Connection)
	if err != nil {
		return err
	}
	return s.Post.Send(ctx, in.Key+"/customer", in.Customer, s.customerLetter(c, in))
}

func (s *Steps) customerLetter(c *Connection, in InviteInput) support.Letter {
	write := s.Stationery.CustomerInvitation
	if in.Renewed {
		write = s.Stationery.RenewedInvitation
	}
	return write(c.Settings.Language, s.invitationText(c, in))
}

// InviteTechnician mails the code to the agent who pressed the button.
func (s *Steps) InviteTechnician(ctx context.Context, in InviteInput) error {
	c, err := s.connection(in.Connection)
	if err != nil {
		return err
	}
	to := support.Customer{Name: in.Agent.Name, Email: in.Agent.Email}
	return s.Post.Send(ctx, in.Key+"/technician", to, s.Stationery.TechnicianInvitation(c.Settings.Language, s.invitationText(c, in)))
}

func (s *Steps) invitationText(c *Connection, in InviteInput) InvitationText {
	return InvitationText{
		Vendor: c.Vendor.Kind(), CustomerName: in.Customer.Name, AgentName: in.Agent.Name,
		RecordNumber: in.Record.Number, RecordTitle: in.Record.Title, Code: in.Invitation.Code, Link: in.Invitation.CustomerLink,
		PanelURL: s.panel(in.Record.Ref), ExpiresAt: in.Invitation.ExpiresAt,
	}
}

// ShareInput sends an invitation to a chosen contact with a chosen template.
type ShareInput struct {
	InviteInput
	TemplateID string              `json:"templateId"` // empty: Lifeline's own
	Channel    support.MailChannel `json:"channel"`
}

// ShareResult says what became of a shared invitation.
type ShareResult struct {
	Letter support.Letter     `json:"letter"`           // the draft, for the mailto channel
	MailID string             `json:"mailId,omitempty"` // to follow a mail the CRM sends
	Status support.MailStatus `json:"status"`
	To     support.Customer   `json:"to"` // as the CRM knows a contact who was named by id
}

// ShareLink sends, or for the mailto channel only writes, an invitation.
func (s *Steps) ShareLink(ctx context.Context, in ShareInput) (ShareResult, error) {
	c, err := s.connection(in.Connection)
	if err != nil {
		return ShareResult{}, err
	}
	if in.Customer, err = addressee(ctx, c, in); err != nil {
		return ShareResult{}, err
	}
	letter, err := s.shareLetter(ctx, c, in)
	if err != nil {
		return ShareResult{}, err
	}
	result, err := s.send(ctx, c, in, letter)
	result.To = in.Customer
	if err == nil {
		s.nameAddressee(ctx, c, in)
	}
	return result, err
}

// addressee is whom the link goes to: somebody whose address the agent typed, or a contact of the record, who is what the
// CRM says. An id of anybody else's contact is refused: the CRM would write to them in the agent's name.
func addressee(ctx context.Context, c *Connection, in ShareInput) (support.Customer, error) {
	if in.Customer.ID == "" {
		return in.Customer, nil
	}
	known, err := c.CRM.Contact(ctx, in.Record.Ref, in.Customer.ID)
	switch {
	case err != nil:
		return support.Customer{}, err
	case known == support.Customer{}:
		return support.Customer{}, support.Stopped(support.CodeInvalid,
			"the contact is not one of this record's; choose one of those, or give a name and an address without an id", nil)
	case known.Email == "" && in.Channel != support.MailMailto:
		return support.Customer{}, support.Stopped(support.CodeInvalid, "the contact has no e-mail address", nil)
	}
	return known, nil
}

func (s *Steps) send(ctx context.Context, c *Connection, in ShareInput, letter support.Letter) (ShareResult, error) {
	switch in.Channel {
	case support.MailMailto:
		return ShareResult{Letter: letter, Status: support.MailQueued}, nil
	case support.MailCRM:
		id, err := c.CRM.SendMail(ctx, support.Mailing{Record: in.Record.Ref, Marker: in.Key, Sender: in.Agent, To: in.Customer, Letter: letter})
		return ShareResult{MailID: id, Status: support.MailQueued}, err
	default:
		return ShareResult{Status: support.MailSent}, s.Post.Send(ctx, in.Key, in.Customer, letter)
	}
}

// nameTimeout leaves the agent's answer its time: the letter is out already.
const nameTimeout = 2 * time.Second

// nameAddressee tells a vendor who can be told it whom the link went to, so that its report names them. A report
// without the name is no reason to say that the letter was not sent.
func (s *Steps) nameAddressee(ctx context.Context, c *Connection, in ShareInput) {
	vendor, ok := c.Vendor.(support.Addressing)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, nameTimeout)
	defer cancel()
	if err := vendor.UpdateCustomer(ctx, in.Invitation.Code, in.Customer); err != nil {
		s.Log.WarnContext(ctx, "the vendor was not told whom the link went to", "connection", in.Connection, "error", err)
	}
}

func (s *Steps) shareLetter(ctx context.Context, c *Connection, in ShareInput) (support.Letter, error) {
	if in.TemplateID == "" {
		return s.customerLetter(c, in.InviteInput), nil
	}
	letter, err := c.CRM.Render(ctx, in.Record.Ref, in.TemplateID, in.Customer, in.Agent)
	if err != nil {
		return support.Letter{}, err
	}
	return fill(letter, in.InviteInput), nil
}

// MailInput names a mail the CRM sends.
type MailInput struct {
	Connection string `json:"connection"`
	MailID     string `json:"mailId"`
}

// FollowMail asks what became of a mail the CRM sends. While it is on its way the step fails as retryable, so that
// the engine asks again.
func (s *Steps) FollowMail(ctx context.Context, in MailInput) (support.MailStatus, error) {
	c, err := s.connection(in.Connection)
	if err != nil {
		return "", err
	}
	status, err := c.CRM.MailStatus(ctx, in.MailID)
	if err != nil {
		return "", err
	}
	if status == support.MailQueued {
		return "", support.Retryable(support.CodeSessionNotReady, "the CRM has not sent the mail yet", 0, nil)
	}
	return status, nil
}
