// Package rescue joins Lifeline to LogMeIn Rescue. It owns every fact about that product's wire: the plain and SOAP
// calls, the authcodes that let a technician act without a password, the states of a session, the report and the
// Post-to-URL bodies. Section numbers in its comments are those of the reference rescue.md.
package rescue
