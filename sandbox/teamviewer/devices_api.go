package teamviewer

import (
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

type devicePage struct {
	Records    []DeviceReport `json:"records"`
	NextOffset string         `json:"next_offset,omitempty"`
}

// AddDeviceReport adds a record of an incoming connection and returns its id, which is made when empty.
func (s *Sim) AddDeviceReport(r DeviceReport) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.ID == "" {
		r.ID = uuid.NewString()
	}
	s.devices = append(s.devices, r)
	slices.SortStableFunc(s.devices, func(a, b DeviceReport) int { return b.EndDate.Compare(a.EndDate) })
	s.touch()
	return r.ID
}

// listDeviceReports serves GET /reports/devices (teamviewer.md 3.6).
func (s *Sim) listDeviceReports(c *call) (answer, error) {
	from, to, err := queryPeriod(c.query)
	if err != nil {
		return answer{}, err
	}
	offset := c.query.Get("offset_id")
	page := devicePage{Records: []DeviceReport{}}
	for _, r := range s.devices {
		switch {
		case offset != "":
			if strings.EqualFold(offset, r.ID) {
				offset = ""
			}
		case !within(r.StartDate, from, to) || !r.matches(c):
		case len(page.Records) == s.settings.PageSize:
			page.NextOffset = page.Records[len(page.Records)-1].ID
		default:
			page.Records = append(page.Records, r)
		}
	}
	if offset != "" {
		return answer{}, badRequest("offset_id is unknown.")
	}
	return ok(page)
}

func (r DeviceReport) matches(c *call) bool {
	for name, value := range map[string]string{
		"originid": strconv.FormatInt(r.OriginID, 10), "userid": r.UserID, "targetid": strconv.FormatInt(r.TargetID, 10),
	} {
		if wanted := c.query.Get(name); wanted != "" && wanted != value {
			return false
		}
	}
	return c.by.level == CompanyLevel || r.UserID == c.by.user.ID
}
