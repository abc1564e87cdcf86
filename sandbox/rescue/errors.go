package rescue

import "errors"

// The refusals of the acting methods. The control API answers the unknown ones with 404, the others with 409.
var (
	ErrUnknownSession    = errors.New("there is no such session")
	ErrUnknownTechnician = errors.New("there is no such technician or user")
	ErrUnknownGroup      = errors.New("there is no such group")
	ErrUnknownCompany    = errors.New("there is no such company")
	ErrConsoleNotRunning = errors.New("the technician's console is not running")
	ErrNotInQueue        = errors.New("the session is not in this technician's queue")
	ErrWrongState        = errors.New("the session is not in a state that allows this")
	ErrNotAdministrator  = errors.New("only an administrator can have an API token")
	ErrPINMissing        = errors.New("no PIN was entered")
	ErrPINInvalid        = errors.New("the PIN is not valid")
	ErrPINExpired        = errors.New("the PIN has expired")
	ErrPINUsed           = errors.New("the PIN has already been used")
)
