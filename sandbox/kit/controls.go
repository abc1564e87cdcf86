package kit

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// maxControl bounds the body of a control request, in bytes.
const maxControl = 10 << 20

// ReadJSON reads the body of a control request, at most 10 MiB. Unknown names are refused, so that a misspelt test fails
// at once. An empty body leaves the target as it is and is io.EOF.
func ReadJSON(w http.ResponseWriter, r *http.Request, target any) error {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxControl))
	decoder.DisallowUnknownFields()
	return decoder.Decode(target)
}

// ReadOptionalJSON is ReadJSON for controls that allow an empty body.
func ReadOptionalJSON(w http.ResponseWriter, r *http.Request, target any) error {
	if err := ReadJSON(w, r, target); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// WriteJSON answers with a value.
func WriteJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the reader has gone: nobody to tell
}

// WriteError answers {"error": text}.
func WriteError(w http.ResponseWriter, status int, err error) {
	WriteJSON(w, status, map[string]string{"error": err.Error()})
}

// Control registers a control: it decodes the body, which may be empty, does something and answers with what came of
// it, {} for nil. A body that can't be read is 400; statusOf chooses the status of an error of do.
func Control[T any](mux *http.ServeMux, pattern string, statusOf func(error) int, do func(*http.Request, T) (any, error)) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		var body T
		if err := ReadOptionalJSON(w, r, &body); err != nil {
			WriteError(w, http.StatusBadRequest, err)
			return
		}
		result, err := do(r, body)
		if err != nil {
			WriteError(w, statusOf(err), err)
			return
		}
		if result == nil {
			result = struct{}{}
		}
		WriteJSON(w, http.StatusOK, result)
	})
}

// Show registers a control that shows something.
func Show(mux *http.ServeMux, pattern string, look func() any) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) { WriteJSON(w, http.StatusOK, look()) })
}

// Patch registers a control that changes the settings named in the body, leaves the others, and answers with all.
func Patch[T any](mux *http.ServeMux, pattern string, get func() T, set func(T)) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		settings := get()
		if err := ReadOptionalJSON(w, r, &settings); err != nil {
			WriteError(w, http.StatusBadRequest, err)
			return
		}
		set(settings)
		WriteJSON(w, http.StatusOK, get())
	})
}
