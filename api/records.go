package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"example.com/lifeline/support"
)

// HistoryItem is a past session of a record.
type HistoryItem struct {
	Key             string             `json:"key"`
	Vendor          support.VendorKind `json:"vendor"`
	VendorSessionID string             `json:"vendorSessionId,omitempty"`
	State           support.State      `json:"state"`
	Reason          support.Reason     `json:"reason,omitempty"`
	Technician      string             `json:"technician,omitempty"`
	Customer        string             `json:"customer,omitempty"`
	RequestedAt     time.Time          `json:"requestedAt,omitzero"`
	StartedAt       time.Time          `json:"startedAt,omitzero"`
	EndedAt         time.Time          `json:"endedAt,omitzero"`
	Notes           string             `json:"notes,omitempty"`
}

func historyItem(row support.RowInfo) HistoryItem {
	return HistoryItem{
		Key: row.Key, Vendor: row.Vendor, VendorSessionID: row.VendorSessionID, State: row.State, Reason: row.Reason,
		Technician: row.Technician.Name, Customer: row.Customer.Name, RequestedAt: row.RequestedAt, StartedAt: row.StartedAt,
		EndedAt: row.EndedAt, Notes: row.Notes,
	}
}

// history lists the record's sessions as the CRM keeps them, newest first.
func (s *Server) history(c echo.Context) error {
	who := callerOf(c)
	limit, err := limitParam(c, 50, 200)
	if err != nil {
		return err
	}
	rows, err := who.door.CRM.History(c.Request().Context(), who.ref, limit)
	if err != nil {
		return err
	}
	list := make([]HistoryItem, len(rows))
	for i, row := range rows {
		list[i] = historyItem(row)
	}
	return c.JSON(http.StatusOK, map[string]any{"sessions": list})
}

// limitParam reads how many the caller wants.
func limitParam(c echo.Context, usual, most int) (int, error) {
	text := c.QueryParam("limit")
	if text == "" {
		return usual, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > most {
		return 0, support.Stopped(support.CodeInvalid, "limit must be between 1 and "+strconv.Itoa(most), nil)
	}
	return limit, nil
}

// templates lists templates and contacts for sharing. A CRM without templates has Lifeline's own, whose id is empty.
func (s *Server) templates(c echo.Context) error {
	who, ctx := callerOf(c), c.Request().Context()
	contacts, err := who.door.CRM.Contacts(ctx, who.ref)
	if err != nil {
		return err
	}
	templates, err := who.door.CRM.Templates(ctx, who.ref)
	if err != nil && !support.HasCode(err, support.CodeNotSupported) {
		return err
	}
	templates = append([]support.Template{{Title: "Lifeline's invitation"}}, templates...)
	if contacts == nil {
		contacts = []support.Customer{}
	}
	return c.JSON(http.StatusOK, map[string]any{"templates": templates, "contacts": contacts})
}
