// A kubelet without containers: the API server's ways into a pod, served by the kubelet's own streaming code. A port
// of a pod is a program on this machine, a command in a container is one as well.
//
//	stand-in-kubelet '{"mcp-proxy:8000": "127.0.0.1:40001"}' [folder with programs]
//
// Prints the port that it listens on. Ends with its standard input.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"
	remotecommandconsts "k8s.io/apimachinery/pkg/util/remotecommand"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/kubelet/pkg/cri/streaming/portforward"
	streaming "k8s.io/kubelet/pkg/cri/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

const patience = 30 * time.Second

type pods struct {
	// Address of "<Deployment>:<port>".
	ports map[string]string
	// Stands before the machine's own programs.
	programs string
}

func main() {
	served := pods{}
	if err := json.Unmarshal([]byte(os.Args[1]), &served.ports); err != nil {
		fail(err)
	}
	if len(os.Args) > 2 {
		served.programs = os.Args[2] + ":"
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/exec/{namespace}/{pod}/{container}", served.exec)
	mux.HandleFunc("/portForward/{namespace}/{pod}", served.portForward)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{selfSigned()}})
	if err != nil {
		fail(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fail(http.Serve(listener, mux))
}

func (p pods) exec(w http.ResponseWriter, r *http.Request) {
	options, err := streaming.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	streaming.ServeExec(w, r, p, r.PathValue("pod"), "", r.PathValue("container"), r.URL.Query()["command"], options,
		patience, patience, remotecommandconsts.SupportedStreamingProtocols)
}

func (p pods) portForward(w http.ResponseWriter, r *http.Request) {
	options, err := portforward.NewV4Options(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	portforward.ServePortForward(w, r, p, r.PathValue("pod"), "", options, patience, patience,
		portforward.SupportedProtocols)
}

// ExecInContainer runs the command on this machine.
func (p pods) ExecInContainer(ctx context.Context, _ string, _ types.UID, _ string, command []string, _ io.Reader,
	out, complaints io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize, _ time.Duration) error {
	_ = os.Setenv("PATH", p.programs+os.Getenv("PATH"))
	process := exec.CommandContext(ctx, command[0], command[1:]...)
	process.Stdout, process.Stderr = out, complaints
	err := process.Run()
	if exited, ok := err.(*exec.ExitError); ok {
		return &utilexec.CodeExitError{Err: err, Code: exited.ExitCode()}
	}
	return err
}

// PortForward connects to the program that stands for the port of the pod.
func (p pods) PortForward(_ context.Context, pod string, _ types.UID, port int32, stream io.ReadWriteCloser) error {
	defer stream.Close()
	address := ""
	for place, known := range p.ports {
		deployment, served, _ := strings.Cut(place, ":")
		if served == strconv.Itoa(int(port)) && strings.HasPrefix(pod, deployment+"-") {
			address = known
		}
	}
	if address == "" {
		return fmt.Errorf("failed to connect to localhost:%d inside the pod: connection refused", port)
	}
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer connection.Close()
	go func() {
		_, _ = io.Copy(connection, stream)
		_ = connection.(*net.TCPConn).CloseWrite()
	}()
	_, err = io.Copy(stream, connection)
	return err
}

// The API server does not look at a kubelet's certificate unless it is told an authority.
func selfSigned() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		fail(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		fail(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "stand-in-kubelet:", err)
	os.Exit(1)
}
