// judge FOLDER SECONDS: what Go's crypto/x509 and crypto/tls say of each bundle in FOLDER at that time: a line for each,
// "NAME chain VERDICT" and, where there is a key that Go may read, "NAME key VERDICT". VERDICT is ok, unknown (it ends at
// a root that is not among roots.pem) or why it is refused.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

func certificates(text []byte) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return nil, errors.New("a block of another type")
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		all = append(all, certificate)
	}
	if len(all) == 0 {
		return nil, errors.New("no certificate")
	}
	return all, nil
}

func chain(text []byte, host string, roots *x509.CertPool, now time.Time) string {
	all, err := certificates(text)
	if err != nil {
		return err.Error()
	}
	others := x509.NewCertPool()
	for _, each := range all[1:] {
		others.AddCert(each)
	}
	_, err = all[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: others, CurrentTime: now, DNSName: host,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	var unknown x509.UnknownAuthorityError
	if errors.As(err, &unknown) {
		return "unknown"
	}
	if err != nil {
		return err.Error()
	}
	return "ok"
}

func key(text, key []byte) string {
	if _, err := tls.X509KeyPair(text, key); err != nil {
		return err.Error()
	}
	return "ok"
}

func read(parts ...string) []byte {
	text, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		return nil
	}
	return text
}

func main() {
	folder := os.Args[1]
	seconds, _ := strconv.ParseInt(os.Args[2], 10, 64)
	roots := x509.NewCertPool()
	// One by one: what Go cannot read is nobody's root.
	for block, rest := pem.Decode(read(folder, "roots.pem")); block != nil; block, rest = pem.Decode(rest) {
		if root, err := x509.ParseCertificate(block.Bytes); err == nil {
			roots.AddCert(root)
		}
	}
	cases, err := os.ReadDir(folder)
	if err != nil {
		panic(err)
	}
	for _, each := range cases {
		if !each.IsDir() {
			continue
		}
		certificate, private := read(folder, each.Name(), "tls.crt"), read(folder, each.Name(), "tls.key")
		say := func(what, verdict string) {
			fmt.Println(each.Name(), what, strings.ReplaceAll(verdict, "\n", " "))
		}
		host := string(read(folder, each.Name(), "host"))
		say("chain", chain(certificate, host, roots, time.Unix(seconds, 0)))
		if read(folder, each.Name(), "password") == nil && !bytes.Contains(private, []byte("ENCRYPTED")) {
			say("key", key(certificate, private))
		}
	}
}
