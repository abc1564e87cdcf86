package rescue

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"example.com/lifeline/support"
)

// reportInterval is the vendor's limit: one report a minute (rescue.md 5.4).
const reportInterval = time.Minute

// reportPace keeps the chain of calls that make a report apart from every other one: the settings are stored at the
// vendor for the user, not for the request.
type reportPace struct {
	mu   sync.Mutex
	last time.Time
}

// Report implements support.Vendor: the session report of the span as one page, read with the reporting login
// (rescue.md 5.4). Rescue allows one report a minute; sooner, or while another is being fetched, the answer is
// rate_limited with the rest of the minute. The report's status words are translated, so a reason other than
// "unknown" is given only where the language-neutral name of a status stands in the report.
func (v *Vendor) Report(ctx context.Context, query support.ReportQuery) (support.ReportPage, error) {
	if query.From.IsZero() || !query.From.Before(query.To) {
		return support.ReportPage{}, support.Stopped(support.CodeInvalid, "the span of the report is empty", nil)
	}
	if !v.report.mu.TryLock() {
		return support.ReportPage{}, reportTooSoon(reportInterval)
	}
	defer v.report.mu.Unlock()
	if rest := reportInterval - v.now().Sub(v.report.last); rest > 0 {
		return support.ReportPage{}, reportTooSoon(rest)
	}
	payload, err := v.fetchReport(ctx, query)
	if err != nil {
		return support.ReportPage{}, err
	}
	table, err := parseReport(payload)
	if err != nil {
		return support.ReportPage{}, err
	}
	return support.ReportPage{Reports: table.reports(v.cfg.ReportDateFormat, query.VendorSessionID)}, nil
}

func reportTooSoon(rest time.Duration) error {
	return support.Retryable(support.CodeRateLimited, "Rescue gives one report a minute", rest, nil)
}

func (v *Vendor) fetchReport(ctx context.Context, query support.ReportQuery) (string, error) {
	var payload string
	err := v.asReporter(ctx, func(cookies []*http.Cookie) (err error) {
		if err = v.prepareReport(ctx, query, cookies); err == nil {
			payload, err = v.getReport(ctx, cookies)
		}
		return err
	})
	if refusedWith(err, wordPollRate) {
		return "", reportTooSoon(reportInterval)
	}
	return payload, err
}

// reportTime is how bdate and edate are written: M/D/YYYY H:MM:SS, whatever the date format of the output.
const reportTime = "1/2/2006 15:04:05"

// prepareReport stores area, form, zone, span and output for the login.
func (v *Vendor) prepareReport(ctx context.Context, query support.ReportQuery, cookies []*http.Cookie) error {
	steps := []struct {
		method string
		values url.Values
	}{
		{"setReportArea", url.Values{"area": {"0"}}}, // sessions
		{"setReportType", url.Values{"type": {"LISTALL"}}},
		{"setTimezone", url.Values{"timezone": {"0"}}},
		{"setDateFormat", url.Values{"dateformat": {v.cfg.ReportDateFormat}}},
		{"setReportDate_v2", url.Values{
			"bdate": {query.From.UTC().Format(reportTime)},
			"edate": {query.To.UTC().Format(reportTime)},
		}},
		{"setOutput", url.Values{"output": {"XML"}}}, // text is not escaped
	}
	for _, step := range steps {
		form := v.reportForm()
		for name, value := range step.values {
			form[name] = value
		}
		_, err := v.wire.api(ctx, step.method, form, cookies...)
		if err != nil && !refusedWith(err, wordNotSupported) {
			return err
		}
	}
	return nil
}

func (v *Vendor) getReport(ctx context.Context, cookies []*http.Cookie) (string, error) {
	node, err := v.accountNode(func() (identity, error) {
		return v.identifyPlain(ctx, v.cfg.APIToken, cookies...)
	})
	if err != nil {
		return "", err
	}
	form := v.reportForm()
	form.Set("node", node)
	form.Set("nodetype", "NODE")
	v.report.last = v.now() // a report that fails counts too
	return v.wire.plain(ctx, v.wire.slow, "getReport_v2", form, cookies)
}
