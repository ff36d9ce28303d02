package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"
)

// patience is how long an answer may take before it counts as a failure.
const patience = 15 * time.Second

// client is one connection that sends a request when the last answer is read. It
// is leaner than http.Client, whose own cost would make all servers look alike.
type client struct {
	conn   net.Conn
	in     *bufio.Reader
	prefix string // of every path
	header string // of every request
	out    []byte
	body   bytes.Buffer
}

// answer's body is valid until the next request.
type answer struct {
	status int
	body   []byte
}

// expect is err, or what is wrong where the status is another.
func (a answer) expect(status int, err error) error {
	if err == nil && a.status != status {
		return fmt.Errorf("status %d, expected %d: %.600s", a.status, status, a.body)
	}
	return err
}

// names is err, or what is wrong where the answer does not hold the employee's id.
func (a answer) names(e employee, err error) error {
	if err == nil && !bytes.Contains(a.body, []byte(`"`+e.id+`"`)) {
		return fmt.Errorf("%s is not in the answer: %.600s", e.id, a.body)
	}
	return err
}

// dial connects to a SCIM server on a loopback address, and to no other.
func dial(scimURL, token string) (*client, error) {
	u, err := url.Parse(scimURL)
	if err != nil {
		return nil, err
	}
	address, err := netip.ParseAddrPort(u.Host)
	if err != nil || !address.Addr().IsLoopback() || u.Scheme != "http" {
		return nil, fmt.Errorf("%s: load goes to http on a loopback address only", scimURL)
	}
	conn, err := net.DialTimeout("tcp", u.Host, patience)
	if err != nil {
		return nil, err
	}
	header := " HTTP/1.1\r\nHost: " + u.Host + "\r\nAuthorization: Bearer " + token + "\r\nAccept: application/scim+json\r\n"
	return &client{conn: conn, in: bufio.NewReader(conn), prefix: u.Path, header: header}, nil
}

func (c *client) close() { _ = c.conn.Close() }

// ask sends one request and reads its answer. After an error the client is of no
// more use.
func (c *client) ask(method, path string, body []byte) (answer, error) {
	c.compose(method, path, body)
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return answer{}, err
	}
	if _, err := c.conn.Write(c.out); err != nil {
		return answer{}, err
	}
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	c.body.Reset()
	if _, err := io.Copy(&c.body, response.Body); err != nil {
		return answer{}, err
	}
	return answer{response.StatusCode, c.body.Bytes()}, nil
}

func (c *client) compose(method, path string, body []byte) {
	c.out = append(c.out[:0], method...)
	c.out = append(c.out, ' ')
	c.out = append(c.out, c.prefix...)
	c.out = append(c.out, path...)
	c.out = append(c.out, c.header...)
	if body != nil {
		c.out = append(c.out, "Content-Type: application/scim+json\r\nContent-Length: "...)
		c.out = strconv.AppendInt(c.out, int64(len(body)), 10)
		c.out = append(c.out, "\r\n"...)
	}
	c.out = append(c.out, "\r\n"...)
	c.out = append(c.out, body...)
}
