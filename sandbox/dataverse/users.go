package dataverse

import (
	"strings"

	"github.com/google/uuid"
)

// User is a person or application of the organisation.
type User struct {
	ID       string   `json:"id"`       // systemuserid; empty makes a new one
	ObjectID string   `json:"objectId"` // Entra object id; empty makes one
	Name     string   `json:"name"`
	Email    string   `json:"email"` // also the domain name
	AppID    string   `json:"appId,omitempty"`
	Disabled bool     `json:"disabled,omitempty"`
	Roles    []string `json:"roles"`
}

// AddUser creates a user with roles and returns the systemuserid.
func (s *Sim) AddUser(user User) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.addUser(user)
	s.touch()
	return id
}

func (s *Sim) addUser(user User) string {
	setDefault(&user.ID, uuid.NewString())
	setDefault(&user.ObjectID, uuid.NewString())
	r := &row{id: strings.ToLower(user.ID), values: map[string]any{
		"fullname": user.Name, "azureactivedirectoryobjectid": strings.ToLower(user.ObjectID),
		"isdisabled": user.Disabled, "createdon": s.now(), "modifiedon": s.now(),
	}}
	if user.Email != "" { // otherwise null, as with SYSTEM
		r.values["internalemailaddress"], r.values["domainname"] = user.Email, user.Email
	}
	if user.AppID != "" {
		r.values["applicationid"] = strings.ToLower(user.AppID)
	}
	s.insert(&tx{}, s.tables["systemuser"], r)
	s.userRoles[r.id] = user.Roles
	return r.id
}

// AddApp registers an app in the tenant and, unless it is Outside, its application user.
func (s *Sim) AddApp(app App) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.apps[app.ID] = &app
	if app.Roles == nil {
		app.Roles = []string{RoleIntegration}
	}
	if !app.Outside && s.applicationUser(app.ID) == "" {
		s.addUser(User{Name: "# Lifeline", Email: "app-" + app.ID + "@example.com", AppID: app.ID, Roles: app.Roles})
	}
	s.touch()
}

// ApplicationUser gives the systemuserid behind an app, or nothing.
func (s *Sim) ApplicationUser(appID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.applicationUser(appID)
}

func (s *Sim) applicationUser(appID string) string {
	if r := s.userBy("applicationid", appID); r != nil {
		return r.id
	}
	return ""
}

// Users lists all users but SYSTEM.
func (s *Sim) Users() []User {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []User
	for _, r := range s.rows["systemuser"] {
		if r.id == s.system {
			continue
		}
		list = append(list, User{ID: r.id, ObjectID: r.text("azureactivedirectoryobjectid"), Name: r.text("fullname"), Email: r.text("internalemailaddress"),
			AppID: r.text("applicationid"), Disabled: r.flag("isdisabled"), Roles: s.userRoles[r.id]})
	}
	return list
}

// addSystemRows creates what no environment is without: SYSTEM and the messages that steps are registered for.
func (s *Sim) addSystemRows() {
	s.addUser(User{ID: s.system, Name: "SYSTEM", Roles: []string{RoleAdmin}})
	s.insert(&tx{}, s.tables["sdkmessage"], &row{id: createMessageID, values: map[string]any{"name": "Create"}})
	for _, name := range []string{"account", "contact", "lead", "opportunity", "incident", "annotation", "email", "phonecall"} {
		s.addMessageFilter(s.tables[name])
	}
}

const createMessageID = "9ebdbb1b-ea3e-db11-86a7-000a3a5473e8"

func (s *Sim) addMessageFilter(t *table) {
	s.insert(&tx{}, s.tables["sdkmessagefilter"], &row{id: uuid.NewString(), values: map[string]any{
		"primaryobjecttypecode": t.logicalName, "secondaryobjecttypecode": "none", "iscustomprocessingstepallowed": true,
		"sdkmessageid": ref{"sdkmessage", createMessageID},
	}})
}
