//go:build amd64 || arm64

package sandbox

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// forbidden are calls that no decoder makes: opening files, the network, other programs and processes, mounts,
// kernel doors. They fail with "operation not permitted" from here on, in every thread. Calls that only some
// machines have are in forbiddenHere.
var forbidden = []uint32{
	unix.SYS_OPENAT, unix.SYS_OPENAT2, unix.SYS_OPEN_BY_HANDLE_AT,
	unix.SYS_SOCKET, unix.SYS_SOCKETPAIR, unix.SYS_CONNECT, unix.SYS_BIND, unix.SYS_LISTEN, unix.SYS_ACCEPT, unix.SYS_ACCEPT4,
	unix.SYS_EXECVE, unix.SYS_EXECVEAT, unix.SYS_UNSHARE, unix.SYS_SETNS,
	unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_GETFD, unix.SYS_KILL,
	unix.SYS_UNLINKAT, unix.SYS_RENAMEAT2, unix.SYS_LINKAT, unix.SYS_SYMLINKAT, unix.SYS_MKDIRAT, unix.SYS_MKNODAT, unix.SYS_FCHMODAT, unix.SYS_FCHOWNAT,
	unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT, unix.SYS_MEMFD_CREATE,
	unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_IO_URING_SETUP, unix.SYS_USERFAULTFD, unix.SYS_KEYCTL, unix.SYS_ADD_KEY,
	unix.SYS_SHMGET, unix.SYS_MSGGET, unix.SYS_SEMGET, unix.SYS_SETUID, unix.SYS_SETGID, unix.SYS_CAPSET,
}

// filterCalls installs the filter in all threads. A kernel without it leaves the other limits in force.
func filterCalls() {
	const (
		loadArch, loadCall, loadFlags = 4, 0, 16 // offsets in struct seccomp_data; the last is the first argument
		kill                          = unix.SECCOMP_RET_KILL_PROCESS
		deny                          = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
		unknown                       = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	)
	calls := append(append([]uint32{}, forbidden...), forbiddenHere...)
	load := func(at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
	}
	jump := func(op uint16, k uint32, yes, no uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | op | unix.BPF_K, Jt: yes, Jf: no, K: k}
	}
	end := func(k uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k} }

	program := []unix.SockFilter{
		load(loadArch), jump(unix.BPF_JEQ, auditArch, 1, 0), end(kill),
		load(loadCall), jump(unix.BPF_JGE, 0x40000000, 0, 1), end(kill), // the second call table of amd64
	}
	for _, c := range calls {
		program = append(program, jump(unix.BPF_JEQ, c, 0, 1), end(deny))
	}
	program = append(program,
		jump(unix.BPF_JEQ, unix.SYS_CLONE3, 0, 1), end(unknown), // C libraries then use clone, whose flags can be seen
		jump(unix.BPF_JEQ, unix.SYS_CLONE, 0, 3), load(loadFlags), jump(unix.BPF_JSET, unix.CLONE_THREAD, 1, 0), end(deny),
		end(unix.SECCOMP_RET_ALLOW))
	p := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	_, _, _ = unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&p))) //nolint:gosec,dogsled // best effort: the other limits stand without it; the kernel takes the program by its address, which lives until the call is over
	runtime.KeepAlive(program)
}
