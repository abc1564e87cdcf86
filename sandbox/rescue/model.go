package rescue

import "time"

// Company is a Rescue account. Its ID is also the root node of its organization tree.
type Company struct {
	ID             int64     `json:"id"` // 0 lets the simulator choose
	Name           string    `json:"name"`
	MasterPassword string    `json:"masterPassword,omitempty"` // of single sign-on; never shown again
	Language       Language  `json:"language,omitempty"`
	FieldTitles    [6]string `json:"fieldTitles"` // headings of the Name field and custom fields 1-5 in reports; "" keeps the default
}

// User is a person of a company: a technician, an administrator, or both in one.
type User struct {
	ID          int64  `json:"id"`      // technician node, or the administrator's without a seat; 0 lets the simulator choose
	AdminID     int64  `json:"adminId"` // administrator node; 0 without that role
	Company     int64  `json:"company"` // 0 is the first company
	Name        string `json:"name"`
	Email       string `json:"email"`
	Password    string `json:"password,omitempty"` // never shown again
	SSOID       string `json:"ssoId,omitempty"`
	Description string `json:"description,omitempty"`
	Group       string `json:"group,omitempty"`
	Admin       bool   `json:"admin"` // may control the sessions of every technician in the company
	Seat        bool   `json:"seat"`  // holds a technician seat; set by AddTechnician
	Disabled    bool   `json:"disabled,omitempty"`
	Deleted     bool   `json:"deleted,omitempty"`
	Console     bool   `json:"console"`            // the technician console is running
	Presence    string `json:"presence,omitempty"` // "Away" or "Busy" while the console runs
}

// Group is a technician group with its settings: where posts go, and the time-outs. Companies share groups by name.
type Group struct {
	ID                int64    `json:"id"`
	Name              string   `json:"name"`
	StartURL          string   `json:"startUrl,omitempty"` // never shown again: it carries the receiver's secret
	EndURL            string   `json:"endUrl,omitempty"`
	Format            Format   `json:"format,omitempty"`
	PINLife           Duration `json:"pinLife"`           // 0 is 20 minutes (rescue.md 3.5, unverified)
	ConnectingTimeout Duration `json:"connectingTimeout"` // 0 is 5 minutes
	WaitingTimeout    Duration `json:"waitingTimeout"`    // 0: never by itself
	IdleTimeout       Duration `json:"idleTimeout"`       // of an active session without action; 0: never by itself
}

// Channel is a queue that several technicians serve.
type Channel struct {
	ID          int64   `json:"id"`
	Company     int64   `json:"company"`
	Name        string  `json:"name"`
	Technicians []int64 `json:"technicians"` // node ids
}

// Fields are the Name field and the custom fields 1-5.
type Fields [6]string

// PIN is a code that was issued.
type PIN struct {
	Code       string    `json:"code"`
	Technician int64     `json:"technician"`
	Fields     Fields    `json:"fields"`
	Tracking   string    `json:"tracking"`
	IssuedAt   time.Time `json:"issuedAt"`
	ExpiresAt  time.Time `json:"expiresAt"`
	Session    int64     `json:"session,omitempty"` // the session it opened: it is used up
}

// Session is a view of one session at one moment.
type Session struct {
	ID             int64     `json:"id"`
	Status         Status    `json:"status"`
	StatusWord     string    `json:"statusWord"`
	PIN            string    `json:"pin,omitempty"`
	Technician     int64     `json:"technician"` // who has it now; 0 while it waits in a channel
	TechnicianName string    `json:"technicianName"`
	Channel        string    `json:"channel,omitempty"`
	Customer       string    `json:"customer"`
	Fields         Fields    `json:"fields"`
	Tracking       string    `json:"tracking"`
	Chat           string    `json:"chat"`
	Notes          string    `json:"notes"`
	StartedAt      time.Time `json:"startedAt"`
	PickedUpAt     time.Time `json:"pickedUpAt,omitzero"`
	ClosedAt       time.Time `json:"closedAt,omitzero"`
	Listed         bool      `json:"listed"` // still in the technician's queue and in getSession
	CustomerPage   string    `json:"customerPage"`
}

type company struct {
	Company
	masters     int64     // node of the master administrators
	technicians int64     // node above the technician groups
	pinAsked    time.Time // when a PIN was last asked for, for the rate limit
}

type user struct {
	User
	company     *company
	authcode    string
	logins      []time.Time
	reportAt    time.Time
	emailTextAt time.Time
	report      reportSettings
}

type pin struct {
	PIN
	company *company
	tech    *user
	session *session
}

// login is a cookie session, good for 20 idle minutes.
type login struct {
	user *user
	used time.Time
}

// ticket opens the console once.
type ticket struct {
	user    *user
	expires time.Time
}
