// Package dataverse simulates the Web API of Microsoft Dataverse (Dynamics 365) and the Entra token endpoint in front of
// it, on one port and in memory. It follows reference dynamics.md and refuses what the real service refuses:
// names are case-sensitive, lookups are written through navigation properties, alternate keys can be pending, webhooks
// are retried once. What the reference calls unverified is marked so where it is implemented.
//
// A request passes the files in this order: http.go (faults, limits, token), dispatch.go (path), then read.go or
// write.go over the rows of store.go, whose shape the tables of schema.go describe. Everything a test or the sandbox
// desk needs is a method of Sim, and the same over HTTP below /_sim/ (control.go).
package dataverse
