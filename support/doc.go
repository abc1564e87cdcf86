// Package support is the language of the business: sessions, records, agents, customers, invitations, events,
// outcomes and filings, the two ports Vendor and CRM, and the three kinds of failure. It imports nothing of ours;
// everything else in Lifeline is written in its words.
package support
